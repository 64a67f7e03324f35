import { Inject, Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { TASKER_CONFIG, type TaskerConfig } from '../config/tasker-config.js';
import { CLOCK, type Clock } from '../core/clock.js';
import { TemplateMetrics } from '../metrics/template-metrics.js';
import { Database } from '../persistence/database.js';
import { AttemptStore } from '../persistence/stores/attempt.store.js';
import type { Advance } from '../persistence/stores/attempts.js';
import type { StepInfo } from '../registry/step-handler.js';
import type { RegisteredStepHandler } from '../registry/registered-step-handler.js';
import { isTraced } from '../telemetry/tracer.js';
import { AttemptContext, type AttemptServices } from './attempt-context.js';
import { beginTrace, callOutside, callWithin } from './attempt-trace.js';
import { EventPublisher } from './event-publisher.js';
import { StepTimeoutError } from './failure-policy.js';
import { AttemptAbortedError, AttemptRefusedError, type LiveAttempt } from './live-attempt.js';
import { publishedJson } from './published-event.js';
import { StepConfigs } from './step-configs.js';
import { StepConnections } from './step-connections.js';
import { serializeResult } from './step-result.js';
import { ThreadHandler } from './threads/thread-handler.js';
import { ThreadPool } from './threads/thread-pool.js';

/** Where the executor reports to. Each attempt is reported once by `completed`, `failed` or `committed`. */
export interface AttemptListener {
  completed(attempt: LiveAttempt, json: string): void;
  failed(attempt: LiveAttempt, thrown: unknown, cause: 'failed' | 'timed_out'): void;
  /** The handler's own transaction has completed the step. */
  committed(attempt: LiveAttempt, json: string, advance: Advance): void;
  /** A result after the attempt had ended. */
  late(attempt: LiveAttempt, json: string): void;
}

/** A handler as the executor sees it, wherever it runs. */
interface Runnable {
  process(context: AttemptContext): unknown;
  processResults?(step: StepInfo, output: unknown, initialResults: null): unknown;
}

/** Runs one attempt: handler, timeout, result. Never throws and never rejects: whatever goes wrong is the attempt's failure. */
@Injectable()
export class StepExecutor implements AttemptServices {
  readonly logger = new Logger('tasker.handlers');
  private readonly configs = new StepConfigs(process.env);
  private readonly connections: StepConnections;
  private listener!: AttemptListener;

  constructor(
    database: Database,
    private readonly attempts: AttemptStore,
    @Inject(TASKER_CONFIG) private readonly config: TaskerConfig,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly threads: ThreadPool,
    private readonly events: EventPublisher,
    private readonly metrics: TemplateMetrics,
  ) {
    this.connections = new StepConnections(database.dataSource, clock);
  }

  reportTo(listener: AttemptListener): void {
    this.listener = listener;
  }

  execute(attempt: LiveAttempt, registered: RegisteredStepHandler): void {
    const { step } = attempt;
    attempt.timer = this.clock.setTimer(() => this.timeOut(attempt), step.timeoutSeconds * 1000);
    try {
      if (isTraced()) beginTrace(attempt, registered.dependentSystem);
      const handler: Runnable =
        registered.isolation === 'thread' ? new ThreadHandler(registered, this.threads) : registered.handler;
      const config = this.configs.of(attempt, registered);
      const context = new AttemptContext(
        attempt,
        config,
        this,
        registered.dependentSystem,
        this.configs.inputsOf(attempt),
      );
      const output = callWithin(attempt, () => handler.process(context));
      if (isPromise(output)) {
        output.then(
          (value) => this.finish(attempt, handler, context.step, value),
          (error: unknown) => this.fail(attempt, error),
        );
      } else {
        this.finish(attempt, handler, context.step, output);
      }
    } catch (error) {
      this.fail(attempt, error);
    }
  }

  async heartbeat(attempt: LiveAttempt): Promise<void> {
    const stale = attempt.ended ? [attempt] : await this.attempts.stale(attempt.workerId, [attempt]);
    if (stale.length === 0) return;
    attempt.abort(new AttemptAbortedError('This attempt is not the live one of its step any more.'));
    throw new AttemptRefusedError(attempt.step.name, attempt.attempt);
  }

  publish(attempt: LiveAttempt, event: string, payload: unknown): void {
    this.events.publish(attempt, event, payload);
  }

  measure(attempt: LiveAttempt, name: unknown, value: unknown, labels: unknown): void {
    if (attempt.ended || attempt.settling) throw new AttemptRefusedError(attempt.step.name, attempt.attempt);
    this.metrics.measure((attempt.measured ??= []), attempt.memory.entry.template, name, value, labels);
  }

  async transaction<T>(attempt: LiveAttempt, step: StepInfo, fn: (manager: EntityManager) => Promise<T>): Promise<T> {
    let settled: { json: string; advance: Advance } | undefined;
    const before = attempt.published?.length ?? 0;
    const measuredBefore = attempt.measured?.length ?? 0;
    const work = async (manager: EntityManager): Promise<T> => {
      const output = await fn(manager);
      const json = serializeResult(output, this.config.worker.maxResultBytes);
      attempt.settling = true;
      const { taskId, stepNo, attempt: number, workerId } = attempt;
      const settlement = { taskId, stepNo, attempt: number, json: attempt.memory.sealed(stepNo, json) };
      const events = publishedJson([attempt]);
      const advance = await this.attempts.completeWithin(manager, workerId, settlement, events);
      if (advance.accepted !== 1) throw new AttemptRefusedError(step.name, number);
      settled = { json, advance };
      return output;
    };
    let value: T;
    try {
      value = await this.connections.transaction(attempt, work);
    } catch (error) {
      // what it published goes with its rows
      attempt.published?.splice(before);
      attempt.measured?.splice(measuredBefore);
      attempt.settling = false;
      throw error;
    }
    attempt.end();
    attempt.committed = true;
    callOutside(() => this.listener.committed(attempt, settled!.json, settled!.advance));
    return value;
  }

  /** An outcome is taken once: after a timeout, or a commit of the handler's own, nothing more counts. */
  private finish(attempt: LiveAttempt, handler: Runnable, step: StepInfo, output: unknown): void {
    let json: string;
    try {
      const results = handler.processResults
        ? callWithin(attempt, () => handler.processResults!(step, output, null))
        : output;
      if (isPromise(results)) {
        void results.then(
          (value) => this.finish(attempt, PLAIN, step, value),
          (error: unknown) => this.fail(attempt, error),
        );
        return;
      }
      json = serializeResult(results, this.config.worker.maxResultBytes);
    } catch (error) {
      this.fail(attempt, error);
      return;
    }
    if (!attempt.ended) {
      attempt.end();
      this.listener.completed(attempt, json);
    } else if (!attempt.committed) {
      this.listener.late(attempt, json);
    }
  }

  private fail(attempt: LiveAttempt, error: unknown): void {
    if (attempt.ended) return;
    attempt.end();
    this.listener.failed(attempt, error, 'failed');
  }

  private timeOut(attempt: LiveAttempt): void {
    if (attempt.ended) return;
    const error = new StepTimeoutError(attempt.step.name, attempt.step.timeoutSeconds);
    attempt.end();
    attempt.abort(error);
    this.listener.failed(attempt, error, 'timed_out');
  }
}

/** Stands in once `processResults` has run. */
const PLAIN: Runnable = { process: () => undefined };

const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
