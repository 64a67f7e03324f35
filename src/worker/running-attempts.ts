import { Injectable } from '@nestjs/common';
import { AttemptAbortedError, type LiveAttempt } from '../orchestration/live-attempt.js';
import type { AttemptKey, ClaimedStep } from '../persistence/stores/attempts.js';

/** What this worker holds: attempts that run or wait to be settled, and claims whose task is still being read. */
@Injectable()
export class RunningAttempts {
  private readonly attempts = new Map<string, LiveAttempt>();
  private readonly preparing = new Map<string, ClaimedStep>();
  private readonly emptied: (() => void)[] = [];

  get size(): number {
    return this.attempts.size + this.preparing.size;
  }

  prepare(claim: ClaimedStep): void {
    this.preparing.set(keyOf(claim), claim);
  }

  /** Whether a claim whose task is being read is still this worker's. */
  isPreparing(claim: AttemptKey): boolean {
    return this.preparing.get(keyOf(claim))?.attempt === claim.attempt;
  }

  add(attempt: LiveAttempt): void {
    this.preparing.delete(keyOf(attempt));
    this.attempts.set(keyOf(attempt), attempt);
  }

  remove(attempt: AttemptKey): void {
    const key = keyOf(attempt);
    if (this.attempts.get(key)?.attempt === attempt.attempt) this.attempts.delete(key);
    if (this.preparing.get(key)?.attempt === attempt.attempt) this.preparing.delete(key);
    if (this.size === 0) this.emptied.splice(0).forEach((resolve) => resolve());
  }

  /** Gives up attempts: their handlers are told, and what they still bring is late. */
  abandon(keys: readonly AttemptKey[], why: string): void {
    for (const key of keys) {
      const attempt = this.attempts.get(keyOf(key));
      if (attempt?.attempt === key.attempt) {
        attempt.end();
        attempt.abort(new AttemptAbortedError(why));
      }
      this.remove(key);
    }
  }

  /** @param filter - of those that a handler has been started for */
  list(filter: (attempt: LiveAttempt) => boolean = () => true): LiveAttempt[] {
    return [...this.attempts.values()].filter(filter);
  }

  keys(): AttemptKey[] {
    return [...this.attempts.values(), ...this.preparing.values()];
  }

  /** Resolves once nothing is held, or after the time given. */
  async whenEmpty(mostMs: number): Promise<void> {
    if (this.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([
      new Promise<void>((resolve) => this.emptied.push(resolve)),
      new Promise<void>((resolve) => (timer = setTimeout(resolve, mostMs))),
    ]);
    clearTimeout(timer);
  }
}

const keyOf = ({ taskId, stepNo }: AttemptKey): string => `${taskId} ${stepNo}`;
