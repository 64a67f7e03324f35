import type { AuditHorizon } from '../persistence/stores/audit.store.js';

interface Candidate {
  position: number;
  /** Transactions that may still bring in rows up to the position. */
  writers: ReadonlySet<string>;
  /** Once there are none: what must be on disk before these rows cannot be lost any more. */
  written: number | null;
}

/** A transaction that goes on for hours must not have them gather. */
const MOST_CANDIDATES = 64;

/**
 * Up to which number every row of the audit that there will ever be can be seen, and is on disk.
 *
 * Numbers are drawn before rows are committed, so a row may appear after others with higher numbers. A transaction locks
 * the table before it draws: those that hold the lock after the highest number was read are all that may still have
 * drawn one below it. Once these have ended the number is safe, however many others have begun meanwhile.
 */
export class SafeHorizon {
  private candidates: Candidate[] = [];
  private run: string | null = null;
  private known = 0;

  get position(): number {
    return this.known;
  }

  /** Whether there is something that is not safe yet. */
  get isWaiting(): boolean {
    return this.candidates.length > 0;
  }

  /**
   * Takes what was asked later than all that it has taken before.
   *
   * @returns false if the server has lost what was not on disk since: what was read of it is to be read again
   */
  take({ position, inFlight }: AuditHorizon): boolean {
    if (inFlight === null) return true;
    const isSame = this.run === null || this.run === inFlight.run;
    this.run = inFlight.run;
    if (!isSame) {
      this.candidates = [];
      this.known = 0;
    }
    const last = this.candidates.at(-1)?.position ?? this.known;
    if (position > last && this.candidates.length < MOST_CANDIDATES) {
      this.candidates.push({ position, writers: new Set(inFlight.writers), written: null });
    }
    const running = new Set(inFlight.writers);
    for (const candidate of this.candidates) narrow(candidate, running, inFlight.written);
    while (this.candidates[0]?.written != null && this.candidates[0].written <= inFlight.flushed) {
      this.known = this.candidates.shift()!.position;
    }
    return isSame;
  }
}

function narrow(candidate: Candidate, running: ReadonlySet<string>, written: number): void {
  if (candidate.written !== null) return;
  candidate.writers = new Set([...candidate.writers].filter((writer) => running.has(writer)));
  if (candidate.writers.size === 0) candidate.written = written;
}
