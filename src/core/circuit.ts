import type { StepFailure } from './failure.js';

export const CIRCUIT_STATES = ['closed', 'open', 'half_open'] as const;
/** Closed: steps run. Open: they wait. Half open: one of them tries whether the system is back. */
export type CircuitState = (typeof CIRCUIT_STATES)[number];

/** When a system is left alone. */
export interface CircuitSettings {
  /** So many failures in a row, over all workers, open the circuit. */
  failureThreshold: number;
  /** For how long the system is left alone; doubled by each try that fails. */
  resetTimeoutMs: number;
}

/** What a step says of it in its `handler_config.circuit_breaker`; null where the worker's settings hold. */
export interface CircuitBreaker {
  /** False: the step never waits for a circuit. */
  enabled: boolean;
  failureThreshold: number | null;
  resetTimeoutMs: number | null;
}

/** A system that fails again and again is tried this often at least, unless its `resetTimeoutMs` is longer. */
export const LONGEST_RESET_MS = 300_000;

/** Categories of failures that speak of the system's health. */
const ILL = new Set(['timeout', 'network', 'external_service']);
/** Those of answers that refuse the request: whoever gives them is well. */
const WELL = new Set(['rate_limit', 'authorization', 'invalid_request']);
/** Codes of Node's own errors, of a handler that lets them through. */
const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
]);

/**
 * Whether the system that a failed attempt depends on is well, by the category of its error, or else by Node's code of it.
 *
 * @returns null where the failure says nothing of that: a mistake in the program, or a refusal by the business
 */
export function isWellAfter({ errorCategory, errorCode, retryable }: StepFailure): boolean | null {
  if (errorCategory !== null && WELL.has(errorCategory)) return true;
  if (!retryable) return null;
  const isIll = errorCategory === null ? errorCode !== null && NETWORK_CODES.has(errorCode) : ILL.has(errorCategory);
  return isIll ? false : null;
}
