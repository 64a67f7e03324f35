import { LRUCache } from 'lru-cache';
import { parseCondition, type Condition } from '../../core/condition/condition.js';
import type { JsonObject } from '../../core/json.js';
import { EventSubscriber } from '../../events/event-subscriber.decorator.js';
import type { AnyEvent } from '../../events/tasker-events.js';
import { DEFAULT_LIMITS, HttpSender, LIMITS_SCHEMA, type SenderLimits } from '../http/http-sender.js';
import type { EventSink } from '../shipped-subscriber.js';
import { dedupKey, incidentOf, SEVERITIES, severityOfAlert, type Severity } from './pager-message.js';

/** The severity of incidents for which a condition over the event holds. */
export interface SeverityRule {
  /** `namespace == 'payments' AND error_category != 'validation'` */
  when: string;
  severity: Severity;
}

export interface PagerDutyConfig extends Partial<SenderLimits> {
  /** Integration key of a service (Events API v2). */
  routing_key: string;
  /** @default 'https://events.pagerduty.com/v2/enqueue' */
  url?: string;
  /** What the incidents are about. @default 'tasker' */
  source?: string;
  environment?: string;
  /** Only events for which it holds trigger an incident. @default all do */
  trigger_when?: string;
  /** The first whose condition holds decides. */
  severity_rules?: readonly SeverityRule[];
  /** Of events for which no rule holds, but for alerts, which have their own. @default 'error' */
  default_severity?: Severity;
}

export const PAGERDUTY_EVENTS = [
  'task.failed',
  'task.retry_requested',
  'task.completed',
  'task.resolved_manually',
  'task.cancelled',
  'observability.worker.lost',
  'alert.fired',
  'alert.resolved',
] as const;

export const PAGERDUTY_CONFIG: JsonObject = {
  type: 'object',
  additionalProperties: false,
  required: ['routing_key'],
  properties: {
    routing_key: { type: 'string', minLength: 1 },
    url: { type: 'string', format: 'uri' },
    source: { type: 'string', minLength: 1 },
    environment: { type: 'string', minLength: 1 },
    trigger_when: { type: 'string', minLength: 1 },
    severity_rules: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['when', 'severity'],
        properties: { when: { type: 'string', minLength: 1 }, severity: { enum: [...SEVERITIES] } },
      },
    },
    default_severity: { enum: [...SEVERITIES] },
    ...LIMITS_SCHEMA,
  },
};

const ENDPOINT = 'https://events.pagerduty.com/v2/enqueue';
/** Incidents that completion may end; others are ended when they are repaired, settled by hand, or cancelled. */
const MOST_OPEN = 10_000;

type Action = 'trigger' | 'acknowledge' | 'resolve';

/**
 * Pages whoever is on call when a task fails or an alert fires, and takes it back once the task is repaired, settled by hand
 * or cancelled, or the alert is over.
 */
@EventSubscriber({ events: PAGERDUTY_EVENTS, configSchema: PAGERDUTY_CONFIG })
export class PagerDutySubscriber implements EventSink {
  private readonly url: URL;
  private readonly sender: HttpSender;
  private readonly wanted: Condition | null;
  private readonly rules: readonly { when: Condition; severity: Severity }[];
  private readonly open = new LRUCache<string, true>({ max: MOST_OPEN });

  /** @throws ConditionError where a condition is none */
  constructor(private readonly config: PagerDutyConfig) {
    const { url = ENDPOINT, routing_key: key, trigger_when: wanted, severity_rules: rules = [] } = config;
    this.url = new URL(url);
    this.wanted = wanted === undefined ? null : parseCondition(wanted);
    this.rules = rules.map(({ when, severity }) => ({ when: parseCondition(when), severity }));
    const { timeout_ms, max_pending } = { ...DEFAULT_LIMITS, ...config };
    this.sender = new HttpSender('PagerDuty', { timeout_ms, max_pending }, [key]);
  }

  async handle(event: AnyEvent): Promise<void> {
    const action = this.actionFor(event);
    const key = dedupKey(event);
    if (action === null || (action === 'trigger' && !this.wants(event))) return;
    // completion ends what is known to be open; most tasks complete without ever having failed
    if (event.event === 'task.completed' && !this.open.has(key)) return;
    await this.send(event, action, key);
    if (action === 'resolve') this.open.delete(key);
    else this.open.set(key, true);
  }

  private actionFor({ event }: AnyEvent): Action | null {
    switch (event) {
      case 'task.completed':
      case 'task.resolved_manually':
      case 'task.cancelled':
      case 'alert.resolved':
        return 'resolve';
      case 'task.retry_requested':
        return 'acknowledge';
      case 'task.initialize_requested':
      case 'task.started':
        return null;
      default:
        return 'trigger';
    }
  }

  private wants(event: AnyEvent): boolean {
    return this.wanted === null || this.wanted.evaluate(this.facts(event));
  }

  private severityOf(event: AnyEvent): Severity {
    const rule = this.rules.find(({ when }) => when.evaluate(this.facts(event)));
    if (rule) return rule.severity;
    return severityOfAlert(event) ?? this.config.default_severity ?? 'error';
  }

  private facts(event: AnyEvent): Record<string, unknown> {
    return { environment: this.config.environment ?? null, ...event };
  }

  private async send(event: AnyEvent, action: Action, dedup_key: string): Promise<void> {
    const { routing_key, source = 'tasker', environment } = this.config;
    const incident = action === 'trigger' ? incidentOf(event, this.severityOf(event), source) : null;
    const details = { ...incident?.custom_details, ...(environment !== undefined && { environment }) };
    const body = {
      routing_key,
      event_action: action,
      dedup_key,
      client: 'Tasker',
      ...(incident && { payload: { ...incident, custom_details: details } }),
    };
    const headers = { 'Content-Type': 'application/json' };
    await this.sender.send({ url: this.url, headers, body: JSON.stringify(body) });
  }
}
