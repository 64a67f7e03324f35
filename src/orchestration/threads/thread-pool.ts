import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { BroadcastChannel, MessageChannel, type MessagePort } from 'node:worker_threads';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { Piscina } from 'piscina';
import { TASKER_CONFIG, type TaskerConfig } from '../../config/tasker-config.js';
import { RetryableError, TaskerError, type Finding } from '../../core/errors.js';
import type { RegisteredStepHandler } from '../../registry/registered-step-handler.js';
import { registryHash } from './handler-content.js';
import { isolatedHandler, type IsolatedHandler } from './handler-source.js';
import type {
  HandlerSource,
  Inspection,
  InspectRequest,
  StepFacts,
  StepRequest,
  ThreadLine,
} from './thread-messages.js';

const ENTRY = join(__dirname, 'step.thread.js');
const CLEAN_UP_MS = 5_000;

/** A step that a thread has begun, or will as soon as it is free. */
export interface ThreadRun {
  /** What is said while it runs, and its outcome. */
  port: MessagePort;
  /** Rejects where the thread ends with the step in it. */
  lost: Promise<never>;
  /** Ends the thread with the step in it. */
  kill(): void;
}

/**
 * Worker threads for handlers that compute. Each holds every such handler, made of the same as this thread's; one that
 * ends, by itself or with a step that does not stop, is replaced.
 */
@Injectable()
export class ThreadPool {
  private readonly logger = new Logger('tasker.threads');
  private readonly handlers = new Map<RegisteredStepHandler, IsolatedHandler>();
  /** Read by each thread when it starts. */
  private readonly sources: HandlerSource[] = [];
  private readonly ready = new Set<unknown>();
  private pool: Piscina | null = null;
  private logs: BroadcastChannel | null = null;
  private running = 0;

  constructor(@Inject(TASKER_CONFIG) private readonly config: Pick<TaskerConfig, 'worker'>) {}

  /** Called when a thread has become free. */
  onFree: () => void = () => undefined;

  /** Steps that could begin at once. */
  get free(): number {
    return Math.max(0, this.ready.size - this.running);
  }

  /**
   * Has every thread load the handlers, and compares what they found with what this thread has.
   *
   * @throws TaskerError `handler_invalid` naming each that cannot be loaded, cannot be set up, or is not the same there
   */
  async admit(registered: readonly RegisteredStepHandler[]): Promise<void> {
    const isolated = registered.map((one) => [one, isolatedHandler(one)] as const);
    if (isolated.length === 0) return;
    const sources = isolated.map(([, { source }]) => source);
    this.sources.push(...sources);
    try {
      await this.inspect(isolated.map(([, handler]) => handler));
    } catch (error) {
      this.sources.splice(0, Infinity, ...this.sources.filter((source) => !sources.includes(source)));
      throw error;
    }
    for (const [one, handler] of isolated) this.handlers.set(one, handler);
  }

  private async inspect(isolated: readonly IsolatedHandler[]): Promise<void> {
    const handlers = isolated.map(({ source }) => source);
    const isFirst = this.pool === null;
    const pool = (this.pool ??= this.open());
    const threads = isFirst ? this.config.worker.threads : 1;
    const answers = await Promise.all(
      Array.from({ length: threads }, () =>
        this.count(pool.run({ kind: 'inspect', handlers } satisfies InspectRequest) as Promise<Inspection[]>),
      ),
    );
    const own = isolated.map(({ source, content }) => ({ name: source.name, content }));
    for (const answer of answers) refuseDifferent(own, answer);
  }

  /** Begins a step of an admitted handler. */
  run(registered: RegisteredStepHandler, facts: StepFacts): ThreadRun {
    const { source, content } = this.handlers.get(registered)!;
    const { port1, port2 } = new MessageChannel();
    const killing = new AbortController();
    const request: StepRequest = { kind: 'step', source, content: JSON.stringify(content), facts, port: port2 };
    const ended = this.count(this.pool!.run(request, { transferList: [port2], signal: killing.signal }));
    const lost = ended.then(
      () => new Promise<never>(() => undefined),
      (cause: unknown) => {
        throw new RetryableError(`The thread ended with the step in it: ${(cause as Error).message}`, {
          errorCode: 'THREAD_LOST',
          errorCategory: 'infrastructure',
          cause,
        });
      },
    );
    return { port: port1, lost, kill: () => killing.abort() };
  }

  /** Has the handlers of every thread cleaned up, and ends the threads. */
  async close(): Promise<void> {
    const { pool } = this;
    this.pool = null;
    if (!pool) return;
    this.ready.clear();
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLEAN_UP_MS)));
    await Promise.race([this.cleanUp(pool), patience]);
    clearTimeout(timer);
    await pool.destroy();
    this.logs?.close();
  }

  private open(): Piscina {
    const { threads } = this.config.worker;
    const pool = new Piscina({
      filename: ENTRY,
      name: 'run',
      minThreads: threads,
      maxThreads: threads,
      concurrentTasksPerWorker: 1,
      // an idle thread's own timers and messages must not stand still
      atomics: 'disabled',
      recordTiming: false,
      workerData: { handlers: this.sources, logs: this.listen() },
    });
    pool.on('workerCreate', (thread) => {
      this.ready.add(thread);
      this.onFree();
    });
    pool.on('workerDestroy', (thread) => this.ready.delete(thread));
    pool.on('error', (error: Error) => this.logger.error('A thread for steps has failed', error));
    return pool;
  }

  /** To what threads log outside of any step. @returns the name of the channel */
  private listen(): string {
    const name = `tasker logs ${randomUUID()}`;
    const channel = (this.logs = new BroadcastChannel(name));
    channel.unref();
    channel.onmessage = (event: unknown) => {
      const { level, message } = (event as { data: ThreadLine }).data;
      Logger[level](...(message as [unknown]));
    };
    return name;
  }

  private async count<T>(task: Promise<T>): Promise<T> {
    this.running++;
    try {
      return await task;
    } finally {
      this.running--;
      this.onFree();
    }
  }

  private async cleanUp(pool: Piscina): Promise<void> {
    const threads = pool.threads.map(() => pool.run({ kind: 'clean_up' }) as Promise<string[]>);
    for (const one of await Promise.allSettled(threads)) {
      const failures = one.status === 'fulfilled' ? one.value : [String(one.reason)];
      for (const failure of failures) this.logger.error(`Cleaning up a handler in a thread failed: ${failure}`);
    }
  }
}

type Found = Parameters<typeof registryHash>[0];

/** The process must not run other code in its threads than the code that it was started with. */
function refuseDifferent(own: Found, inspections: readonly Inspection[]): void {
  const findings: Finding[] = inspections.flatMap((one) =>
    'failure' in one ? [{ path: one.name, message: `cannot be loaded in a thread: ${one.failure}` }] : [],
  );
  const found = inspections.flatMap((one) => ('content' in one ? [one] : []));
  if (findings.length === 0 && registryHash(found) !== registryHash(own)) {
    for (const { name, content } of own) {
      const there = found.find((one) => one.name === name)!.content;
      const parts = (Object.keys(content) as (keyof typeof content)[]).filter((part) => content[part] !== there[part]);
      if (parts.length === 0) continue;
      const message = `is not the same in a thread: ${parts.join(' and ')} differ. Give the file that its class was loaded from as its module, decorate the class there, and start again after a deployment.`;
      findings.push({ path: name, message });
    }
  }
  if (findings.length === 0) return;
  const list = findings.map(({ path, message }) => `  ${path}: ${message}`).join('\n');
  throw new TaskerError('handler_invalid', `Step handlers cannot run in threads:\n${list}`, findings);
}
