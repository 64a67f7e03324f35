// What a host writes must compile against the published types.
import { Module } from '@nestjs/common';
import {
  PermanentError,
  RetryableError,
  StepHandler,
  StepHandlerBase,
  TaskerClient,
  TaskerModule,
  type StepContext,
  type TaskView,
} from 'nest-tasker';
import { runStep } from 'nest-tasker/testing';

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
