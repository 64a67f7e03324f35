import { Inject, Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { TASKER_CONFIG, type TaskerConfig } from '../config/tasker-config.js';
import type { JsonObject } from '../core/json.js';
import { PermanentError } from '../core/errors.js';
import { Database } from '../persistence/database.js';
import { AttemptStore } from '../persistence/stores/attempt.store.js';
import type { Advance } from '../persistence/stores/attempts.js';
import type { CatalogEntry } from '../persistence/template-catalog.js';
import type { StepInfo } from '../registry/step-handler.js';
import type { AnyStepHandler } from '../registry/step-handler.registry.js';
import { resolvePlaceholders } from '../templates/placeholders.js';
import { AttemptContext, type AttemptServices } from './attempt-context.js';
import { StepTimeoutError } from './failure-policy.js';
import { AttemptAbortedError, AttemptRefusedError, type LiveAttempt } from './live-attempt.js';
import { serializeResult } from './step-result.js';

/** Where the executor reports to. Each attempt is reported once by `completed`, `failed` or `committed`. */
export interface AttemptListener {
  completed(attempt: LiveAttempt, json: string): void;
  failed(attempt: LiveAttempt, thrown: unknown, cause: 'failed' | 'timed_out'): void;
  /** The handler's own transaction has completed the step. */
  committed(attempt: LiveAttempt, json: string, advance: Advance): void;
  /** A result after the attempt had ended. */
  late(attempt: LiveAttempt, json: string): void;
}

/** Runs one attempt: handler, timeout, result. Never throws and never rejects: whatever goes wrong is the attempt's failure. */
@Injectable()
export class StepExecutor implements AttemptServices {
  readonly logger = new Logger('Tasker');
  private readonly configs = new WeakMap<CatalogEntry, (JsonObject | undefined)[]>();
  private listener!: AttemptListener;

  constructor(
    private readonly database: Database,
    private readonly attempts: AttemptStore,
    @Inject(TASKER_CONFIG) private readonly config: TaskerConfig,
  ) {}

  reportTo(listener: AttemptListener): void {
    this.listener = listener;
  }

  execute(attempt: LiveAttempt, handler: AnyStepHandler): void {
    const { step } = attempt;
    attempt.timer = setTimeout(() => this.timeOut(attempt), Math.min(step.timeoutSeconds * 1000, LONGEST_TIMER_MS));
    try {
      const context = new AttemptContext(attempt, this.stepConfig(attempt), this);
      const output = handler.process(context);
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

  async transaction<T>(attempt: LiveAttempt, step: StepInfo, fn: (manager: EntityManager) => Promise<T>): Promise<T> {
    let settled: { json: string; advance: Advance } | undefined;
    const value = await this.database.dataSource.transaction(async (manager) => {
      const output = await fn(manager);
      const json = serializeResult(output, this.config.worker.maxResultBytes);
      const advance = await this.attempts.completeWithin(manager, attempt.workerId, {
        taskId: attempt.taskId,
        stepNo: attempt.stepNo,
        attempt: attempt.attempt,
        json,
      });
      if (advance.accepted !== 1) throw new AttemptRefusedError(step.name, attempt.attempt);
      settled = { json, advance };
      return output;
    });
    attempt.end();
    attempt.committed = true;
    this.listener.committed(attempt, settled!.json, settled!.advance);
    return value;
  }

  /** An outcome is taken once: after a timeout, or a commit of the handler's own, nothing more counts. */
  private finish(attempt: LiveAttempt, handler: AnyStepHandler, step: StepInfo, output: unknown): void {
    let json: string;
    try {
      const results = handler.processResults ? handler.processResults(step, output, null) : output;
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

  /** `${NAME}` is resolved by the worker that runs the step, once per template: secrets are not stored. */
  private stepConfig({ memory: { entry }, stepNo, step }: LiveAttempt): JsonObject {
    const configs = this.configs.get(entry) ?? [];
    this.configs.set(entry, configs);
    try {
      return (configs[stepNo] ??= resolvePlaceholders(step.config, process.env));
    } catch (cause) {
      throw new PermanentError(
        `The handler_config of step "${step.name}" cannot be resolved on this worker: ${(cause as Error).message}`,
        { errorCode: 'CONFIG_UNRESOLVED', errorCategory: 'configuration', cause },
      );
    }
  }
}

/** setTimeout fires at once beyond this. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** Stands in once `processResults` has run. */
const PLAIN: AnyStepHandler = { process: () => undefined };

const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
