import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  StepHandler,
  TaskerModule,
  type StepContext,
  type StepHandlerContract,
  type TaskerOptions,
  type TemplateDefinition,
} from '../../src/index.js';
import { ExecutionWriter, type Execution } from './executions.js';
import { WORK, type Work } from './templates.js';

/** What a worker process is told in its environment, as JSON in `CHAOS`. */
export interface WorkerOrders {
  databaseUrl: string;
  /** Where executions are recorded. */
  recordUrl: string;
  templates: TemplateDefinition[];
  worker: TaskerOptions['worker'];
}

const orders = JSON.parse(process.env.CHAOS!) as WorkerOrders;
let executions: ExecutionWriter;

/** Waits as its step's config says, whatever its signal says, and leaves the id of its execution as its result. */
@StepHandler(WORK)
class WorkHandler implements StepHandlerContract {
  async process({ task, step, config }: StepContext): Promise<{ execution: string }> {
    const { min_ms = 0, max_ms = min_ms, block_ms = 0, fail = 0 } = config as Work;
    const execution: Execution = {
      id: randomUUID(),
      taskId: task.taskId,
      step: step.name,
      attempt: step.attempt,
      pid: process.pid,
      startedMs: Date.now(),
      endedMs: null,
    };
    await executions.write(execution);
    if (max_ms > 0) await delay(min_ms + Math.random() * (max_ms - min_ms));
    if (block_ms > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, block_ms);
    await executions.write({ ...execution, endedMs: Date.now() });
    if (fail) throw new Error('as told');
    return { execution: execution.id };
  }
}

@Module({
  imports: [
    TaskerModule.forRoot({
      database: { url: orders.databaseUrl, poolSize: 5 },
      templates: orders.templates,
      worker: orders.worker,
      roles: ['worker'],
      environment: 'test',
    }),
  ],
  providers: [WorkHandler],
})
class WorkerModule {}

async function main(): Promise<void> {
  executions = await ExecutionWriter.connect(orders.recordUrl);
  const app = await NestFactory.createApplicationContext(WorkerModule, { abortOnError: false });
  const stop = async (): Promise<void> => {
    await app.close();
    await executions.close();
    // Nothing of Tasker's may keep the process alive: it ends by itself.
    process.disconnect();
  };
  process.once('SIGTERM', () => {
    stop().catch((error: unknown) => {
      console.error(error);
      process.exit(1);
    });
  });
  process.send!('ready');
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
