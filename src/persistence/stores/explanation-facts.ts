import type { Cause } from '../entities/transition.entity.js';

/** What keeps the steps of a task and is not in its own rows: see explain_task(). Times are as JSON writes them. */
export interface ExplanationFacts {
  /** By what it came to its end, or to rest; null where it has not. */
  ended: MoveFacts | null;
  /** Of unfinished steps, oldest first. */
  failures: FailureFacts[];
  /** Null where no step waits for a permit of the template's. */
  permits: HeldFacts<{ taskId: string; stepNo: number; step: string }> | null;
  /** Null where it does not wait for its place among the tasks of its template. */
  places: HeldFacts<string> | null;
  /** How many steps come before the first of its own, for each handler of which it has claimable ones. */
  claims: { handlerId: number; ahead: number }[];
}

export interface MoveFacts {
  cause: Cause;
  at: string;
  actor: string | null;
  reason: string | null;
}

export interface FailureFacts {
  stepNo: number;
  attempt: number;
  cause: 'failed' | 'timed_out' | 'worker_lost';
  at: string;
  message: string;
  errorClass: string;
  errorCode: string | null;
  errorCategory: string | null;
}

export interface HeldFacts<Holder> {
  count: number;
  /** Ten at most. */
  holders: Holder[];
  /** How many come before it. */
  ahead: number;
}

/** What is known of the workers that claim the steps of a handler. */
export interface HandlerFacts {
  id: number;
  name: string;
  workers: ClaimantFacts[];
}

export interface ClaimantFacts {
  name: string;
  state: 'live' | 'draining';
  seenAt: string;
  /** Since when its event loop does not turn. */
  blockedSince: string | null;
}
