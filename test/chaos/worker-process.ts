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
import { workOf, type Work } from './templates.js';

/** What a worker process is told in its environment, as JSON in `CHAOS`. */
export interface WorkerOrders {
  databaseUrl: string;
  /** Where executions are recorded. */
  recordUrl: string;
  templates: TemplateDefinition[];
  worker: TaskerOptions['worker'];
  /** Knows the handlers of this release and of all before it. @default 1 */
  release?: number;
}

const orders = JSON.parse(process.env.CHAOS!) as WorkerOrders;
let executions: ExecutionWriter;

/** Of the wall clock that all processes share, even where this one's jumps. */
const nowMs = (): number => performance.timeOrigin + performance.now();

/** Waits as its step's config says, whatever its signal says, and leaves the id of its execution as its result. */
class WorkHandler implements StepHandlerContract {
  async process(context: StepContext): Promise<{ execution: string }> {
    const { task, step } = context;
    const { fail = 0, fail_attempts = 0, effect = 0, hold_ms = 0, ...pace } = context.config as Work;
    const execution: Execution = {
      id: randomUUID(),
      taskId: task.taskId,
      step: step.name,
      attempt: step.attempt,
      pid: process.pid,
      startedMs: nowMs(),
      endedMs: null,
    };
    await executions.write(execution);
    await work(pace, step.attempt === 1);
    await executions.write({ ...execution, endedMs: nowMs() });
    if (fail || step.attempt <= fail_attempts) throw new Error('as told');
    const result = { execution: execution.id };
    if (!effect) return result;
    return context.transaction(async (manager) => {
      await manager.query('insert into public.effect values ($1, $2, $3)', [task.taskId, step.name, step.attempt]);
      if (hold_ms > 0) await delay(hold_ms);
      return result;
    });
  }
}

async function work({ min_ms = 0, max_ms = min_ms, block_ms = 0, late_ms = 0 }: Work, isFirst: boolean): Promise<void> {
  const waitMs = min_ms + Math.random() * (max_ms - min_ms) + (isFirst ? late_ms : 0);
  if (waitMs > 0) await delay(waitMs);
  if (block_ms > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, block_ms);
}

/** One class for each release that this worker knows the handler of. */
const handlers = Array.from({ length: orders.release ?? 1 }, (_, index) => {
  class ReleasedHandler extends WorkHandler {}
  Object.defineProperty(ReleasedHandler, 'name', { value: `WorkHandler${index + 1}` });
  StepHandler(workOf(index + 1))(ReleasedHandler);
  return ReleasedHandler;
});

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
  providers: handlers,
})
class WorkerModule {}

async function main(): Promise<void> {
  executions = await ExecutionWriter.connect(orders.recordUrl);
  const app = await NestFactory.createApplicationContext(WorkerModule, { abortOnError: false });
  const stop = async (): Promise<void> => {
    await app.close();
    await executions.close();
    // Nothing of Tasker's may keep the process alive: it ends by itself.
    process.removeAllListeners('disconnect');
    process.disconnect();
  };
  process.once('SIGTERM', () => {
    stop().catch((error: unknown) => {
      console.error(error);
      process.exit(1);
    });
  });
  // whoever started it has died
  process.once('disconnect', () => process.exit(1));
  process.send!('ready');
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
