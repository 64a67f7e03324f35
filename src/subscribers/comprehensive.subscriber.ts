import type { JsonObject } from '../core/json.js';
import { isMeantBy } from '../events/event-name.js';
import { EventSubscriber } from '../events/event-subscriber.decorator.js';
import type { DeliveryAttempt } from '../events/durable-options.js';
import type { AnyEvent } from '../events/tasker-events.js';
import { EventMetrics } from './metrics/event-metrics.js';
import type { Metrics } from './metrics/metrics.js';
import { METRICS_CONFIG, MetricsSubscriber, type MetricsConfig } from './metrics/metrics.subscriber.js';
import {
  PAGERDUTY_CONFIG,
  PAGERDUTY_EVENTS,
  PagerDutySubscriber,
  type PagerDutyConfig,
} from './pagerduty/pagerduty.subscriber.js';
import { SENTRY_CONFIG, SENTRY_EVENTS, SentrySubscriber, type SentryConfig } from './sentry/sentry.subscriber.js';
import type { EventSink } from './shipped-subscriber.js';
import { SLACK_CONFIG, SLACK_EVENTS, SlackSubscriber, type SlackConfig } from './slack/slack.subscriber.js';
import { TakenParts } from './taken-parts.js';

/** Each service that is configured gets the events that its own subscriber takes. */
export interface ComprehensiveConfig {
  sentry?: SentryConfig;
  pagerduty?: PagerDutyConfig;
  slack?: SlackConfig;
  metrics?: MetricsConfig;
  /** Of services whose config does not say. */
  environment?: string;
}

export const COMPREHENSIVE_CONFIG: JsonObject = {
  type: 'object',
  additionalProperties: false,
  anyOf: [{ required: ['sentry'] }, { required: ['pagerduty'] }, { required: ['slack'] }, { required: ['metrics'] }],
  properties: {
    sentry: SENTRY_CONFIG,
    pagerduty: PAGERDUTY_CONFIG,
    slack: SLACK_CONFIG,
    metrics: METRICS_CONFIG,
    environment: { type: 'string', minLength: 1 },
  },
};

interface Part {
  name: string;
  events: readonly string[];
  sink: EventSink;
}

/** Errors to Sentry, pages to PagerDuty, news to Slack, and figures: by one subscription. */
@EventSubscriber({ events: ['*'], configSchema: COMPREHENSIVE_CONFIG })
export class ComprehensiveSubscriber implements EventSink {
  private readonly parts: readonly Part[];
  private readonly taken = new TakenParts();

  /** @throws what the subscribers of the services throw */
  constructor(config: ComprehensiveConfig, metrics: Metrics = new EventMetrics()) {
    const { sentry, pagerduty, slack, metrics: figures, environment } = config;
    const common = environment === undefined ? {} : { environment };
    this.parts = [
      ...(figures ? [{ name: 'metrics', events: ['*'], sink: new MetricsSubscriber(figures, metrics) }] : []),
      ...(sentry
        ? [{ name: 'sentry', events: SENTRY_EVENTS, sink: new SentrySubscriber({ ...common, ...sentry }) }]
        : []),
      ...(pagerduty
        ? [{ name: 'pagerduty', events: PAGERDUTY_EVENTS, sink: new PagerDutySubscriber({ ...common, ...pagerduty }) }]
        : []),
      ...(slack ? [{ name: 'slack', events: SLACK_EVENTS, sink: new SlackSubscriber({ ...common, ...slack }) }] : []),
    ];
  }

  /** One service that cannot be reached does not keep the others from hearing of it. */
  async handle(event: AnyEvent, delivery?: DeliveryAttempt): Promise<void> {
    const wanting = this.parts.filter(({ events }) => events.some((pattern) => isMeantBy(pattern, event.event)));
    const sinks = new Map(wanting.map(({ name, sink }) => [name, sink]));
    await this.taken.offer([...sinks.keys()], delivery, (name) => sinks.get(name)!.handle(event, delivery));
  }
}
