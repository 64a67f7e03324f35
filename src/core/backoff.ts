export const BACKOFF_KINDS = ['exponential', 'linear', 'fixed', 'none'] as const;
export type BackoffKind = (typeof BACKOFF_KINDS)[number];

/** How long to wait between the attempts of a step. Delays are in milliseconds. */
export interface BackoffPolicy {
  kind: BackoffKind;
  /** Delay before the second attempt. */
  baseMs: number;
  /** No computed delay is longer, jitter included. */
  capMs: number;
  /** Growth per attempt of the exponential kind. */
  multiplier: number;
  /** Share of the delay by which it may differ to either side, 0 to 1. */
  jitter: number;
}

export const DEFAULT_BACKOFF: BackoffPolicy = {
  kind: 'exponential',
  baseMs: 1_000,
  capMs: 30_000,
  multiplier: 2,
  jitter: 0.1,
};

/**
 * Delay before the attempt that follows attempt `attempt`: base × multiplier^(attempt − 1) for the exponential kind,
 * base × attempt for the linear one; jitter moves it to either side and the cap holds after jitter.
 *
 * @param attempt - attempts already made that count, from 1
 * @param random - in [0, 1), the source of jitter
 * @returns whole milliseconds
 * @throws RangeError if `attempt` is below 1
 */
export function backoffMs(attempt: number, policy: BackoffPolicy = DEFAULT_BACKOFF, random = Math.random()): number {
  if (!(attempt >= 1)) throw new RangeError(`attempts count from 1, got ${attempt}`);
  const plain = Math.min(growth[policy.kind](attempt, policy), policy.capMs);
  const spread = plain * policy.jitter * (2 * random - 1);
  return Math.max(0, Math.min(policy.capMs, Math.round(plain + spread)));
}

const growth: Record<BackoffKind, (attempt: number, policy: BackoffPolicy) => number> = {
  // a growth beyond all numbers must not make nothing of a base of 0: 0 × ∞ is not a number
  exponential: (attempt, { baseMs, multiplier }) => baseMs * Math.min(multiplier ** (attempt - 1), Number.MAX_VALUE),
  linear: (attempt, { baseMs }) => baseMs * attempt,
  fixed: (_attempt, { baseMs }) => baseMs,
  none: () => 0,
};
