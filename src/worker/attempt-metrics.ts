import { Injectable } from '@nestjs/common';
import type { StepFailure } from '../core/failure.js';
import type { AttemptOutcome, StepState } from '../core/states.js';
import { EngineMetrics } from '../metrics/engine-metrics.js';
import type { LiveAttempt } from '../orchestration/live-attempt.js';

/** Counts what becomes of the attempts of this worker, once it is committed. */
@Injectable()
export class AttemptMetrics {
  constructor(private readonly metrics: EngineMetrics) {}

  started({ memory, claim }: LiveAttempt): void {
    this.metrics.stepStarted(memory.entry.template, claim.waited);
  }

  succeeded(attempt: LiveAttempt, json: string): void {
    const { template } = attempt.memory.entry;
    this.end(attempt, 'succeeded');
    this.metrics.stepFinished(template, attempt.stepNo, 'complete');
    if (template.monitoring.metrics.length === 0) return;
    this.metrics.declared.fill(template, attempt.step.name, JSON.parse(json));
  }

  /** @param state - what the step is then; where it will be tried again, nothing is finished */
  failed(attempt: LiveAttempt, { errorCategory }: StepFailure, timedOut: boolean, state: StepState): void {
    const { template } = attempt.memory.entry;
    this.end(attempt, timedOut ? 'timed_out' : 'failed');
    this.metrics.attemptFailed(template, attempt.stepNo, errorCategory);
    if (state === 'waiting_for_retry') this.metrics.retryScheduled(template, attempt.stepNo);
    else this.metrics.stepFinished(template, attempt.stepNo, state);
  }

  /** It was passed over on request: no attempt was made. */
  bypassed({ memory, stepNo }: LiveAttempt): void {
    this.metrics.stepFinished(memory.entry.template, stepNo, 'skipped');
  }

  released(attempt: LiveAttempt): void {
    this.count(attempt, 'released');
  }

  refused({ memory, stepNo }: LiveAttempt): void {
    this.metrics.resultRefused(memory.entry.template, stepNo);
  }

  /** What its handler has measured counts with its outcome. */
  private end(attempt: LiveAttempt, outcome: AttemptOutcome): void {
    this.count(attempt, outcome);
    if (attempt.measured !== null) this.metrics.declared.record(attempt.memory.entry.template, attempt.measured);
  }

  private count({ memory, span, stepNo, duration }: LiveAttempt, outcome: AttemptOutcome): void {
    const trace = span?.traceparent ?? memory.task.traceparent;
    this.metrics.attemptEnded(memory.entry.template, stepNo, outcome, duration, trace);
  }
}
