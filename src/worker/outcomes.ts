import { Inject, Injectable } from '@nestjs/common';
import { TASKER_CONFIG, type TaskerConfig } from '../config/tasker-config.js';
import { storeFailure } from '../core/failure.js';
import { failureOf, retryDelayMs } from '../orchestration/failure-policy.js';
import type { LiveAttempt } from '../orchestration/live-attempt.js';
import type { AttemptListener } from '../orchestration/step-executor.js';
import type { Advance } from '../persistence/stores/attempts.js';
import { SettlementQueue } from './settlement-queue.js';

interface OutcomeReader {
  /** Something is to be written. */
  wake(): void;
  /** Something was written already, by the handler's own transaction. */
  absorb(advance: Advance, attempt: LiveAttempt, json: string): void;
}

/** Takes the executor's reports, decides what failures become, and queues it all for writing. */
@Injectable()
export class Outcomes implements AttemptListener {
  private reader!: OutcomeReader;

  constructor(
    private readonly queue: SettlementQueue,
    @Inject(TASKER_CONFIG) private readonly config: TaskerConfig,
  ) {}

  readBy(reader: OutcomeReader): void {
    this.reader = reader;
  }

  completed(attempt: LiveAttempt, json: string): void {
    this.queue.satisfy({ attempt, json, to: 'complete', cause: 'succeeded', failure: null });
    this.reader.wake();
  }

  bypassed(attempt: LiveAttempt): void {
    attempt.end();
    this.queue.satisfy({ attempt, json: 'null', to: 'skipped', cause: 'bypassed', failure: null });
    this.reader.wake();
  }

  failed(attempt: LiveAttempt, thrown: unknown, cause: 'failed' | 'timed_out'): void {
    const failure = failureOf(thrown, attempt.attempt);
    const { step, counted, claim } = attempt;
    const delayMs = retryDelayMs(failure, thrown, step, counted, claim.retryLimit, this.config.worker.retryAfterCapMs);
    const error = storeFailure(failure);
    if (delayMs === null && step.skippable) {
      this.queue.satisfy({ attempt, json: JSON.stringify(error), to: 'skipped', cause, failure });
    } else {
      const { taskId, stepNo } = attempt;
      this.queue.fail({
        attempt,
        failure,
        failed: { taskId, stepNo, attempt: attempt.attempt, cause, delayMs, error },
      });
    }
    this.reader.wake();
  }

  committed(attempt: LiveAttempt, json: string, advance: Advance): void {
    this.reader.absorb(advance, attempt, json);
  }

  late(attempt: LiveAttempt, json: string): void {
    this.queue.addLate(attempt, json);
    this.reader.wake();
  }
}
