import type { DeliveryAttempt, DurableOptions } from './durable-options.js';
import type { AnyEvent } from './tasker-events.js';

/** How events come to a subscriber: at once, at most once; or read from the audit trail, at least once. */
export const DELIVERIES = ['in_process', 'durable'] as const;
export type Delivery = (typeof DELIVERIES)[number];

/** Whose facts come to it: those that this process has committed, or those of all. */
export const SCOPES = ['process', 'cluster'] as const;
export type Scope = (typeof SCOPES)[number];

/** A subscriber as the rest of the application sees it. */
export interface SubscriberDescription {
  /** Unique in the application. */
  readonly name: string;
  readonly className: string;
  /** Full names of what it subscribes to, those of the application's own events included. */
  readonly events: readonly string[];
  readonly delivery: Delivery;
  readonly scope: Scope;
  /** Of one whose delivery is durable. */
  readonly durable?: DurableOptions;
  /** Whether it has a method for an event, subscribed to it or not. */
  receives(event: string): boolean;
  /** Takes an event that its filter lets through to the method for it. Throws, or rejects with, what the subscriber does. */
  readonly handle: (payload: AnyEvent, attempt?: DeliveryAttempt) => unknown;
}
