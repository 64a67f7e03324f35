import { Injectable, Logger } from '@nestjs/common';
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
  private readonly logger = new Logger('Tasker');
  private writing: Promise<void> | null = null;

  constructor(
    private readonly store: AttemptStore,
    private readonly queue: SettlementQueue,
    private readonly running: RunningAttempts,
    private readonly events: EngineEvents,
  ) {}

  /** Called with the time at which a retry is due. */
  onRetryAt: (dueAt: Date) => void = () => undefined;
  /** Called once slots are free again. */
  onWritten: () => void = () => undefined;

  /** Starts writing what is queued, unless it is being written. */
  wake(): void {
    this.writing ??= this.drain().finally(() => (this.writing = null));
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    await this.writing;
  }

  private async drain(): Promise<void> {
    for (;;) {
      const failures = this.queue.takeFailed(LARGEST_BATCH);
      const late = this.queue.takeLate(LARGEST_BATCH);
      if (failures.length === 0 && late.length === 0) return;
      try {
        await this.writeLate(late.splice(0));
        for (const group of byWorker(failures)) await this.write(group, failures);
      } catch (error) {
        this.queue.putBackFailed(failures);
        this.logger.warn(`Cannot write ${failures.length} failed attempts, trying again: ${String(error)}`);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  /** Takes what it has written out of `pending`. */
  private async write(group: Failure[], pending: Failure[]): Promise<void> {
    const workerId = group[0]!.attempt.workerId;
    const { steps, settledTasks } = await this.store.fail(
      workerId,
      group.map(({ failed }) => failed),
    );
    const moved = new Map(steps.map((step) => [`${step.taskId} ${step.stepNo}`, step]));
    for (const failure of group) {
      pending.splice(pending.indexOf(failure), 1);
      this.running.remove(failure.attempt);
      const step = moved.get(failure.attempt.key);
      if (step) this.tell(failure, step);
    }
    this.onWritten();
    await this.events.tasksSettled(settledTasks);
  }

  private tell({ attempt, failure, failed }: Failure, { dueAt }: MovedStep): void {
    this.events.stepFailed(attempt, failure, failed.cause === 'timed_out', dueAt);
    if (dueAt) this.onRetryAt(dueAt);
    else this.logger.warn(`Failed: ${describeStep(attempt)}: ${failure.errorClass}: ${failure.message}`);
  }

  private async writeLate(late: ReturnType<SettlementQueue['takeLate']>): Promise<void> {
    for (const { attempt, json } of late) {
      const { taskId, stepNo, workerId } = attempt;
      const detail = { results: JSON.parse(json) as unknown };
      try {
        const refused = await this.store.refuse(workerId, [{ taskId, stepNo, attempt: attempt.attempt, detail }]);
        if (refused.length > 0) this.logger.warn(`Refused a late result: ${describeStep(attempt)}`);
      } catch (error) {
        if (!isTransient(error)) this.logger.error(`A late result could not be recorded: ${String(error)}`);
        else this.queue.addLate(attempt, json);
      }
    }
  }
}

function byWorker(failures: readonly Failure[]): Failure[][] {
  const groups = new Map<number, Failure[]>();
  for (const failure of failures) {
    const { workerId } = failure.attempt;
    groups.set(workerId, [...(groups.get(workerId) ?? []), failure]);
  }
  return [...groups.values()];
}
