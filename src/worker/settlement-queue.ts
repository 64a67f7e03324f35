import { Injectable } from '@nestjs/common';
import type { LiveAttempt } from '../orchestration/live-attempt.js';
import type { StepFailure } from '../core/failure.js';
import type { Cause } from '../persistence/entities/transition.entity.js';
import type { FailedAttempt } from '../persistence/stores/attempts.js';

/** An attempt that becomes `complete` or `skipped`: both ready its dependents. */
export interface Satisfaction {
  attempt: LiveAttempt;
  /** The result, or the error of a step that is skipped. */
  json: string;
  to: 'complete' | 'skipped';
  cause: Cause;
  failure: StepFailure | null;
}

export interface Failure {
  attempt: LiveAttempt;
  failure: StepFailure;
  failed: FailedAttempt;
  /** The delay before the next attempt is what the service has asked for. */
  requested: boolean;
}

/** Outcomes that wait to be written. What could not be written goes back to the front. */
@Injectable()
export class SettlementQueue {
  private satisfied: Satisfaction[] = [];
  /** Batches that a statement failed on, cut smaller: sent alone, to find the outcome that it fails on. */
  private isolated: Satisfaction[][] = [];
  private failed: Failure[] = [];
  /** Results that came after their attempt had ended. */
  private late: { attempt: LiveAttempt; json: string }[] = [];

  /** Failed attempts or late results. */
  get hasFailures(): boolean {
    return this.failed.length > 0 || this.late.length > 0;
  }

  get hasSatisfied(): boolean {
    return this.satisfied.length > 0 || this.isolated.length > 0;
  }

  satisfy(item: Satisfaction): void {
    this.satisfied.push(item);
  }

  fail(item: Failure): void {
    this.failed.push(item);
  }

  addLate(attempt: LiveAttempt, json: string): void {
    this.late.push({ attempt, json });
  }

  /** The oldest outcomes that one statement can take: the same state for the same cause, under the same worker. */
  takeSatisfied(most: number): Satisfaction[] {
    const isolated = this.isolated.shift();
    if (isolated) return isolated;
    const first = this.satisfied[0];
    if (!first) return [];
    let count = 1;
    while (count < most && count < this.satisfied.length && isSameKind(first, this.satisfied[count]!)) count++;
    return this.satisfied.splice(0, count);
  }

  takeFailed(most: number): Failure[] {
    return this.failed.splice(0, most);
  }

  takeLate(most: number): { attempt: LiveAttempt; json: string }[] {
    return this.late.splice(0, most);
  }

  putBackSatisfied(items: Satisfaction[]): void {
    this.satisfied.unshift(...items);
  }

  isolate(batches: Satisfaction[][]): void {
    this.isolated.push(...batches);
  }

  putBackFailed(items: Failure[]): void {
    this.failed.unshift(...items);
  }
}

const isSameKind = (a: Satisfaction, b: Satisfaction): boolean =>
  a.to === b.to && a.cause === b.cause && a.attempt.workerId === b.attempt.workerId;
