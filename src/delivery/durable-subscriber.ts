import type { BackoffPolicy } from '../core/backoff.js';
import type { DeliveryAttempt } from '../events/durable-options.js';
import type { AuditEvent, DeliveredEvent } from './audit-event.js';
import type { Interest } from './interest.js';

/** How often, and after which delays, an event is offered to a subscriber that does not take it. */
export interface RetryPolicy {
  /** Attempts in all, the first included; after the last the event is parked. */
  limit: number;
  backoff: BackoffPolicy;
}

/** About 19 minutes in all. */
export const DEFAULT_DELIVERY_RETRY: RetryPolicy = {
  limit: 12,
  backoff: { kind: 'exponential', baseMs: 1_000, capMs: 300_000, multiplier: 2, jitter: 0.1 },
};

/** A subscriber to whom events are delivered at least once, in the order of each task. */
export interface DurableSubscriber {
  /** Its stored position goes by this name. */
  name: string;
  /** Names of its events, for operators to see. */
  events: readonly string[];
  /** Whether a subscription that is new begins with what happens from now on, not with all that is on record. */
  fromNow: boolean;
  retry: RetryPolicy;
  /** In all rows that may hold an event that it wants. */
  interest: Interest;
  wants(event: AuditEvent): boolean;
  /** The event was taken when this resolves. A PermanentError parks it at once. */
  deliver(payload: DeliveredEvent, attempt: DeliveryAttempt): unknown;
}
