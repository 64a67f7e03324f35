// What a host writes must compile against the published types.
import { Module } from '@nestjs/common';
import {
  PermanentError,
  RetryableError,
  StepHandler,
  StepHandlerBase,
  TaskHandler,
  TaskerClient,
  TaskerModule,
  type ExportData,
  type Exporter,
  type JsonObject,
  type RequestWith,
  type StepContext,
  type StepView,
  type TaskDefinition,
  type TaskHandlerContract,
  type TaskView,
} from 'nest-tasker';
import { failTimes, runStep, scenariosOf, TaskerTestingModule } from 'nest-tasker/testing';

interface Order {
  items: number;
}

@StepHandler({ name: 'count', aliases: ['count_items'] })
export class CountHandler extends StepHandlerBase<Order, { items: number }> {
  async process({ task, step }: StepContext<Order>): Promise<{ items: number }> {
    if (task.context.items < 0) throw new PermanentError('negative', { errorCode: 'NEGATIVE' });
    if (step.isLastAttempt) throw new RetryableError('later', { retryAfter: 60 });
    return { items: task.context.items };
  }
}

@TaskHandler({ name: 'order', version: '1.0.0' })
export class OrderTask implements TaskHandlerContract<Order> {
  defineSteps(): TaskDefinition {
    return [{ name: 'count', handler_class: 'count' }];
  }
  beforeInitialize(request: RequestWith<Order>): void {
    request.context.items += 1;
  }
  annotate(_task: TaskView, steps: readonly StepView[]): JsonObject {
    return { steps: steps.length };
  }
}

export class XmlExporter implements Exporter {
  readonly format = 'xml';
  readonly contentType = 'application/xml';
  export(data: ExportData): string {
    return `<${data.what}/>`;
  }
}

@Module({
  imports: [
    TaskerModule.forRootAsync({
      useFactory: () => ({ database: { url: 'postgres://localhost/app' } }),
      roles: ['worker'],
    }),
    TaskerModule.forFeature({ handlers: [CountHandler], templates: ['templates'] }),
  ],
})
export class HostModule {}

export const order = (client: TaskerClient): Promise<TaskView> =>
  client.createTask({ name: 'order', context: { items: 1 }, initiator: 'a', reason: 'b', sourceSystem: 'c' });
export const alone: Promise<unknown> = runStep(new CountHandler(), { context: { items: 1 } });

export async function underTest(): Promise<number> {
  const tasker = await TaskerTestingModule.create({ application: HostModule, mockHandlers: { count: failTimes(1) } });
  await tasker.time.advance('2h');
  const { items } = await tasker.runStep(CountHandler, { context: { items: 1 } });
  const reports = await Promise.all(scenariosOf('t.yaml').map((one) => tasker.runScenario(one.template, one.scenario)));
  const { task_id } = await tasker.events.next('task.completed');
  const { steps, attempts } = await tasker.finished(task_id);
  return items + reports.length + steps.length + attempts.count!;
}
