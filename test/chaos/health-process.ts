import 'reflect-metadata';
import { setTimeout as delay } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { StepHandler, TaskerModule, type StepContext, type StepHandlerContract } from '../../src/index.js';

/** What the process is told in its environment, as JSON in `CHAOS`. */
export interface HealthOrders {
  databaseUrl: string;
}

const { databaseUrl } = JSON.parse(process.env.CHAOS!) as HealthOrders;

/** Takes as long as its task says, and takes the event loop with it where that is said. */
@StepHandler('take')
class TakeHandler implements StepHandlerContract<{ block_ms?: number; ms?: number }> {
  async process({ task }: StepContext<{ block_ms?: number; ms?: number }>): Promise<void> {
    const { block_ms = 0, ms = 0 } = task.context;
    if (block_ms > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, block_ms);
    await delay(ms);
  }
}

@Module({
  imports: [
    TaskerModule.forRoot({
      database: { url: databaseUrl, poolSize: 5 },
      templates: [{ name: 'take', step_templates: [{ name: 'take', handler_class: 'take' }] }],
      environment: 'test',
    }),
  ],
  providers: [TakeHandler],
})
class HealthModule {}

async function main(): Promise<void> {
  const app = await NestFactory.create(HealthModule, new FastifyAdapter(), { abortOnError: false });
  await app.listen(0, '127.0.0.1');
  process.once('SIGTERM', () => void app.close().then(() => process.disconnect()));
  process.send!(await app.getUrl());
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
