import { inspect } from 'node:util';
import { backoffMs } from '../core/backoff.js';
import { PermanentError } from '../core/errors.js';
import { storableText } from '../core/json.js';
import { DEFAULT_RETRY_AFTER_CAP_MS, retryAfterMs } from '../core/retry-after.js';
import type { DeliveryFailure, Postponement } from '../persistence/stores/subscriptions.js';
import type { RetryPolicy } from './durable-subscriber.js';

const MESSAGE_LENGTH = 2_000;

/** An attempt to deliver took too long. */
export class DeliveryTimeoutError extends Error {
  constructor(seconds: number) {
    super(`The subscriber did not take the event within ${seconds} s.`);
    this.name = 'DeliveryTimeoutError';
  }
}

/** What becomes of an event that waits behind another of its task. */
export const BEHIND: Postponement = { attempts: 0, delayMs: null, error: null, parked: false };

/**
 * What becomes of an event that a subscriber has not taken: another attempt later, or it is parked.
 *
 * @param attempts - made so far, this one included
 */
export function postponementOf(thrown: unknown, attempts: number, { limit, backoff }: RetryPolicy): Postponement {
  const error = failureOf(thrown);
  if (thrown instanceof PermanentError || attempts >= limit) return { attempts, delayMs: null, error, parked: true };
  const asked = retryAfterMs((thrown as { retryAfter?: string | number | Date | null } | null)?.retryAfter);
  const delayMs = asked === null ? backoffMs(attempts, backoff) : Math.min(asked, DEFAULT_RETRY_AFTER_CAP_MS);
  return { attempts, delayMs, error, parked: false };
}

function failureOf(thrown: unknown): DeliveryFailure {
  const message = thrown instanceof Error ? thrown.message : inspect(thrown);
  return {
    message: storableText(message.slice(0, MESSAGE_LENGTH)),
    error_class: thrown instanceof Error ? thrown.constructor.name : typeof thrown,
  };
}
