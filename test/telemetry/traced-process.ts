// A process of a deployment, as `traced.ts` starts it: an API, a worker, or both.
import 'reflect-metadata';
import { setTimeout as delay } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { trace } from '@opentelemetry/api';
import {
  ApiStepHandler,
  PermanentError,
  StepHandler,
  TaskerClient,
  TaskerModule,
  type Role,
  type StepContext,
  type StepHandlerContract,
  type TaskerOptions,
  type TemplateDefinition,
} from '../../src/index.js';

/** What the process is told in its environment, as JSON in `ORDERS`. */
export interface Orders {
  databaseUrl: string;
  roles: Role[];
  templates: TemplateDefinition[];
  worker: TaskerOptions['worker'];
}

const orders = JSON.parse(process.env.ORDERS!) as Orders;

/** Does what its step's config says, one thing after the other. */
@StepHandler('do')
class DoHandler implements StepHandlerContract {
  constructor(private readonly client: TaskerClient) {}

  async process({ step, config, task, signal, transaction }: StepContext): Promise<unknown> {
    const { fail_first = 0, first_waits_ms = 0, span, create, query, hang } = config as Record<string, never>;
    if (step.attempt === 1 && first_waits_ms > 0) await delay(first_waits_ms);
    if (hang) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    if (span) {
      trace.getTracer('mine').startActiveSpan(span, (mine) => {
        mine.setAttributes({ 'http.request.header.authorization': 'Bearer x', api_key: 'hush', colour: 'red' });
        mine.end();
      });
    }
    if (create) {
      await this.client.createTask({
        name: create,
        context: {},
        initiator: 'a step',
        reason: 'told',
        sourceSystem: 'test',
      });
    }
    if (step.attempt <= fail_first) throw new Error(`attempt ${step.attempt} failed with password=hush`);
    if (fail_first < 0) throw new PermanentError('for good', { errorCode: 'FOR_GOOD', errorCategory: 'test' });
    if (query) return await transaction(async (manager) => ({ rows: await manager.query(query) }));
    return { traceparent: task.traceparent };
  }
}

@StepHandler('call')
class CallHandler extends ApiStepHandler {}

@StepHandler('fetch')
class FetchHandler implements StepHandlerContract {
  async process({ config }: StepContext): Promise<number> {
    return (await fetch((config as { url: string }).url)).status;
  }
}

@Module({
  imports: [
    TaskerModule.forRoot({
      database: { url: orders.databaseUrl, poolSize: 5 },
      templates: orders.templates,
      worker: orders.worker,
      roles: orders.roles,
      environment: 'test',
    }),
  ],
  providers: orders.roles.includes('worker') ? [DoHandler, CallHandler, FetchHandler] : [],
})
class TracedModule {}

async function main(): Promise<void> {
  const app = await NestFactory.create<NestFastifyApplication>(TracedModule, new FastifyAdapter(), {
    abortOnError: false,
    logger: ['warn', 'error'],
  });
  await app.listen(0, '127.0.0.1');
  process.once('SIGTERM', () => void app.close().then(() => process.exit(0)));
  process.send!({ url: await app.getUrl() });
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
