import type { DeliveryAttempt } from '../events/durable-options.js';
import type { AnyEvent } from '../events/tasker-events.js';
import type { Metrics } from './metrics/metrics.js';

/** A subscriber that comes with Tasker. */
export interface EventSink {
  handle(event: AnyEvent, delivery?: DeliveryAttempt): unknown;
}

/** Its class: decorated with the events that it takes, and the schema of its config. */
export type ShippedSubscriber = new (config: never, metrics: Metrics) => EventSink;
