import { LRUCache } from 'lru-cache';

/** Of so many callers that are heard of is it known how much they have left; of the one longest silent it is forgotten. */
const MOST_CALLERS = 100_000;

interface Bucket {
  tokens: number;
  /** When that many were in it, in milliseconds. */
  at: number;
}

/** What is left after a request was counted. */
export interface Allowance {
  allowed: boolean;
  /** Whole requests that may follow at once. */
  remaining: number;
  /** Until the next is allowed, in whole seconds: 0 where one is. */
  waitSeconds: number;
}

/** A bucket of requests for each caller, which fills again at an even rate. */
export class TokenBuckets {
  private readonly buckets = new LRUCache<string, Bucket>({ max: MOST_CALLERS });

  /** @param perSecond - above 0, and may be less than 1 */
  constructor(
    private readonly perSecond: number,
    readonly burst: number,
  ) {}

  /** @param now - a monotonic time in milliseconds */
  take(caller: string, now: number): Allowance {
    const { tokens, at } = this.buckets.get(caller) ?? { tokens: this.burst, at: now };
    const filled = Math.min(this.burst, tokens + ((now - at) / 1000) * this.perSecond);
    const allowed = filled >= 1;
    const left = allowed ? filled - 1 : filled;
    this.buckets.set(caller, { tokens: left, at: now });
    return {
      allowed,
      remaining: Math.floor(left),
      waitSeconds: left >= 1 ? 0 : Math.ceil((1 - left) / this.perSecond),
    };
  }
}
