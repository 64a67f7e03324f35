import { BACKOFF_KINDS, type BackoffPolicy } from '../core/backoff.js';
import { didYouMean } from '../core/suggest.js';

/** Where a durable subscription begins that was not there before: with what happens from now on, or with all there is. */
export const STARTS = ['now', 'beginning'] as const;
export type Start = (typeof STARTS)[number];

/** How often, and after which delays, an event is offered to a durable subscriber that does not take it. */
export interface DeliveryRetry {
  /** Attempts in all, the first included; then the event is parked. @default 12 */
  limit?: number;
  /** @default exponential from 1 s to 5 minutes, with a jitter of 0.1 */
  backoff?: Partial<BackoffPolicy>;
}

/** What only durable subscribers say. */
export interface DurableOptions {
  /** @default 'now' */
  startFrom?: Start;
  retry?: DeliveryRetry;
}

/** What is known of the offer of an event to a durable subscriber: the second argument of its method. */
export interface DeliveryAttempt {
  /** The same for every attempt and every duplicate; the payload has it too, as `event_id`. */
  eventId: string;
  /** From 1. */
  attempt: number;
  /** Fires where the attempt takes too long, or this process may not deliver any more. */
  signal: AbortSignal;
}

const MOST_ATTEMPTS = 1_000;
const LONGEST_MS = 2_147_483_647;

/** Everything that is wrong with what a durable subscriber says. @param isDurable - whether it is one */
export function durableProblems({ startFrom, retry }: Record<string, unknown>, isDurable: boolean): string[] {
  const problems: string[] = [];
  for (const [key, value] of Object.entries({ startFrom, retry })) {
    if (value !== undefined && !isDurable) problems.push(`"${key}" is for delivery: "durable" alone.`);
  }
  if (startFrom !== undefined && !STARTS.includes(startFrom as Start)) {
    problems.push('"startFrom" must be "now" or "beginning".');
  }
  if (retry !== undefined) problems.push(...retryProblems(retry));
  return problems;
}

function retryProblems(retry: unknown): string[] {
  if (!isMap(retry)) return ['"retry" must be { limit, backoff }.'];
  const problems = unknownKeys(retry, ['limit', 'backoff'], 'retry');
  const { limit, backoff } = retry;
  if (limit !== undefined && !isWhole(limit, 1, MOST_ATTEMPTS)) {
    problems.push(`"retry.limit" must be a whole number from 1 to ${MOST_ATTEMPTS}.`);
  }
  return backoff === undefined ? problems : [...problems, ...backoffProblems(backoff)];
}

function backoffProblems(backoff: unknown): string[] {
  if (!isMap(backoff)) return ['"retry.backoff" must be { kind, baseMs, capMs, multiplier, jitter }.'];
  const problems = unknownKeys(backoff, ['kind', 'baseMs', 'capMs', 'multiplier', 'jitter'], 'retry.backoff');
  const { kind, baseMs, capMs, multiplier, jitter } = backoff;
  if (kind !== undefined && !BACKOFF_KINDS.includes(kind as never)) {
    problems.push(`"retry.backoff.kind" must be one of ${BACKOFF_KINDS.join(', ')}.`);
  }
  for (const [key, value] of Object.entries({ baseMs, capMs })) {
    if (value !== undefined && !isWhole(value, 0, LONGEST_MS)) {
      problems.push(`"retry.backoff.${key}" must be a whole number of milliseconds.`);
    }
  }
  if (multiplier !== undefined && !isBetween(multiplier, 1, 100)) {
    problems.push('"retry.backoff.multiplier" must be a number from 1 to 100.');
  }
  if (jitter !== undefined && !isBetween(jitter, 0, 1)) problems.push('"retry.backoff.jitter" must be from 0 to 1.');
  return problems;
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isBetween = (value: unknown, min: number, max: number): boolean =>
  typeof value === 'number' && value >= min && value <= max;
const isWhole = (value: unknown, min: number, max: number): boolean =>
  Number.isInteger(value) && isBetween(value, min, max);
const unknownKeys = (given: object, known: readonly string[], path: string): string[] =>
  Object.keys(given)
    .filter((key) => !known.includes(key))
    .map((key) => `has no option "${path}.${key}".${didYouMean(key, known)}`);
