import { Inject, Injectable } from '@nestjs/common';
import { TASKER_CONFIG, type TaskerConfig } from '../config/tasker-config.js';
import { storeFailure } from '../core/failure.js';
import { failureOf, requestedDelayMs, retryDelayMs } from '../orchestration/failure-policy.js';
import type { LiveAttempt } from '../orchestration/live-attempt.js';
import type { AttemptListener } from '../orchestration/step-executor.js';
import type { Advance } from '../persistence/stores/attempts.js';
import { CircuitReports } from './circuits/circuit-reports.js';
import { Escalations } from './escalations.js';
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
    private readonly circuits: CircuitReports,
    private readonly escalations: Escalations,
    @Inject(TASKER_CONFIG) private readonly config: TaskerConfig,
  ) {}

  readBy(reader: OutcomeReader): void {
    this.reader = reader;
  }

  completed(attempt: LiveAttempt, json: string): void {
    this.circuits.succeeded(attempt);
    this.queue.satisfy({ attempt, json, to: 'complete', cause: 'succeeded', failure: null });
    this.reader.wake();
  }

  bypassed(attempt: LiveAttempt): void {
    attempt.end();
    this.queue.satisfy({ attempt, json: 'null', to: 'skipped', cause: 'bypassed', failure: null });
    this.reader.wake();
  }

  failed(attempt: LiveAttempt, thrown: unknown, cause: 'failed' | 'timed_out'): void {
    const { step, counted, claim, memory } = attempt;
    const failure = failureOf(thrown, attempt.attempt, memory.entry.template.errorHandling);
    const delayMs = retryDelayMs(failure, thrown, step, counted, claim.retryLimit, this.config.worker.retryAfterCapMs);
    const error = storeFailure(failure);
    this.circuits.failed(attempt, failure);
    this.escalations.ask(attempt, failure, delayMs === null);
    if (delayMs === null && step.skippable) {
      this.queue.satisfy({ attempt, json: JSON.stringify(error), to: 'skipped', cause, failure });
    } else {
      const { taskId, stepNo } = attempt;
      this.queue.fail({
        attempt,
        failure,
        failed: { taskId, stepNo, attempt: attempt.attempt, cause, delayMs, error },
        requested: delayMs !== null && requestedDelayMs(thrown) !== null,
      });
    }
    this.reader.wake();
  }

  committed(attempt: LiveAttempt, json: string, advance: Advance): void {
    this.circuits.succeeded(attempt);
    this.reader.absorb(advance, attempt, json);
  }

  late(attempt: LiveAttempt, json: string): void {
    this.queue.addLate(attempt, json);
    this.reader.wake();
  }
}
