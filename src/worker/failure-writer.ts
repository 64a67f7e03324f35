import { Injectable, Logger } from '@nestjs/common';
import { failureError, storeFailure, type StepFailure } from '../core/failure.js';
import { runInLogScope } from '../core/log-scope.js';
import { Admissions } from '../persistence/admissions.js';
import { AttemptStore } from '../persistence/stores/attempt.store.js';
import type { MovedStep } from '../persistence/stores/attempts.js';
import { isTransient } from '../persistence/transient.js';
import { describeStep, EngineEvents } from './engine-events.js';
import { RunningAttempts } from './running-attempts.js';
import { SettlementQueue, type Failure } from './settlement-queue.js';

const LARGEST_BATCH = 200;
const RETRY_MS = 250;

/** Writes failed attempts and late results: rarer than successes, and never in their way. */
@Injectable()
export class FailureWriter {
  private readonly logger = new Logger('tasker.worker');
  private writing: Promise<void> | null = null;
  private closed = false;

  constructor(
    private readonly store: AttemptStore,
    private readonly queue: SettlementQueue,
    private readonly running: RunningAttempts,
    private readonly events: EngineEvents,
    private readonly admissions: Admissions,
  ) {}

  /** Called with the time at which a retry is due. */
  onRetryAt: (dueAt: Date) => void = () => undefined;
  /** Called once slots are free again. */
  onWritten: () => void = () => undefined;

  /** Starts writing what is queued, unless it is being written. */
  wake(): void {
    this.writing ??= this.drain().finally(() => (this.writing = null));
  }

  /** Resolves when nothing is being written: what cannot be written by now is left to the rescuer. */
  async close(): Promise<void> {
    this.closed = true;
    await this.writing;
  }

  private async drain(): Promise<void> {
    let most = LARGEST_BATCH;
    for (;;) {
      const failures = this.queue.takeFailed(most);
      const late = this.queue.takeLate(LARGEST_BATCH);
      if (failures.length === 0 && late.length === 0) return;
      try {
        await this.writeLate(late);
        for (const group of byWorker(failures)) await this.write(group, failures);
        most = LARGEST_BATCH;
      } catch (error) {
        if (this.closed) return;
        most = this.keep(failures, error);
        this.logger.warn(`Cannot write ${failures.length} failed attempts, trying again: ${String(error)}`);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  /**
   * Queues again what could not be written. One failure that PostgreSQL cannot take must not hold up the others: they are
   * written one by one, and that one goes to the end with another text.
   *
   * @returns how many to write at once
   */
  private keep(failures: Failure[], error: unknown): number {
    const [first] = failures;
    const isTried = failures.length === 1 && !isTransient(error);
    if (first && isTried) this.queue.fail(unstorable(first));
    else this.queue.putBackFailed(failures);
    return isTransient(error) ? LARGEST_BATCH : 1;
  }

  /** Takes what it has written out of `pending`. */
  private async write(group: Failure[], pending: Failure[]): Promise<void> {
    const workerId = group[0]!.attempt.workerId;
    const { steps, settledTasks, standstills } = await this.store.fail(
      workerId,
      group.map(({ failed }) => failed),
      this.events.telling(group),
    );
    const moved = new Map(steps.map((step) => [`${step.taskId} ${step.stepNo}`, step]));
    for (const failure of group) {
      pending.splice(pending.indexOf(failure), 1);
      this.running.remove(failure.attempt);
      this.admissions.concern(failure.attempt.memory.entry, failure.attempt.taskId);
      const step = moved.get(failure.attempt.key);
      if (step) this.tell(failure, step);
      else refused(failure);
    }
    this.onWritten();
    await this.events.tasksSettled(settledTasks);
    await this.events.standstills(standstills);
  }

  private tell({ attempt, failure, failed, requested }: Failure, { dueAt }: MovedStep): void {
    const { cause, delayMs } = failed;
    this.events.stepFailed(attempt, {
      failure,
      timedOut: cause === 'timed_out',
      nextRetryAt: dueAt,
      delayMs,
      requested,
    });
    if (dueAt) this.onRetryAt(dueAt);
    else runInLogScope(attempt, () => this.logger.warn(`Failed: ${describeStep(attempt)}`, failureError(failure)));
  }

  private async writeLate(late: ReturnType<SettlementQueue['takeLate']>): Promise<void> {
    for (const [n, { attempt, json }] of late.entries()) {
      const { taskId, stepNo, workerId } = attempt;
      const detail = { results: JSON.parse(attempt.memory.sealed(stepNo, json)) as unknown };
      try {
        const refused = await this.store.refuse(workerId, [{ taskId, stepNo, attempt: attempt.attempt, detail }]);
        if (refused.length > 0) this.events.resultRefused(attempt);
        if (refused.length > 0) {
          runInLogScope(attempt, () => this.logger.warn(`Refused a late result: ${describeStep(attempt)}`));
        }
      } catch (error) {
        if (isTransient(error)) {
          late.slice(n).forEach((one) => this.queue.addLate(one.attempt, one.json));
          throw error;
        }
        this.logger.error('A late result could not be recorded', error);
      }
    }
  }
}

/** An attempt whose time was up had ended by that, whoever has written it. */
function refused({ attempt, failure, failed }: Failure): void {
  if (failed.cause === 'timed_out') attempt.span?.failed(failure, 'timed_out', null);
  else attempt.span?.refused();
}

function byWorker(failures: readonly Failure[]): Failure[][] {
  const groups = new Map<number, Failure[]>();
  for (const failure of failures) {
    const { workerId } = failure.attempt;
    groups.set(workerId, [...(groups.get(workerId) ?? []), failure]);
  }
  return [...groups.values()];
}

/** The same failure, said in words that are surely stored, and without what its handler has published. */
function unstorable({ attempt, failure, failed, requested }: Failure): Failure {
  attempt.published = null;
  const said: StepFailure = {
    ...failure,
    message: 'The error of this attempt cannot be stored; the log of its worker says why.',
    errorClass: 'Error',
    errorCode: 'ERROR_NOT_STORABLE',
    errorCategory: null,
    context: {},
    stack: null,
  };
  return { attempt, failure: said, failed: { ...failed, error: storeFailure(said) }, requested };
}
