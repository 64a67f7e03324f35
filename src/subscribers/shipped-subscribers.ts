import { ComprehensiveSubscriber } from './comprehensive.subscriber.js';
import { MetricsSubscriber } from './metrics/metrics.subscriber.js';
import { PagerDutySubscriber } from './pagerduty/pagerduty.subscriber.js';
import { SentrySubscriber } from './sentry/sentry.subscriber.js';
import type { ShippedSubscriber } from './shipped-subscriber.js';
import { SlackSubscriber } from './slack/slack.subscriber.js';
import { WebhookSubscriber } from './webhook/webhook.subscriber.js';

export type { ShippedSubscriber } from './shipped-subscriber.js';

/** The subscribers that come with Tasker, by the names that files of subscriptions give as their class. */
export const SHIPPED_SUBSCRIBERS: ReadonlyMap<string, ShippedSubscriber> = new Map(
  [
    ComprehensiveSubscriber,
    MetricsSubscriber,
    PagerDutySubscriber,
    SentrySubscriber,
    SlackSubscriber,
    WebhookSubscriber,
  ].map((type) => [type.name, type as ShippedSubscriber]),
);
