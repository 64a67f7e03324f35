import type { JsonObject } from '../../core/json.js';
import { EventSubscriber } from '../../events/event-subscriber.decorator.js';
import type { AnyEvent } from '../../events/tasker-events.js';
import { DEFAULT_LIMITS, HttpSender, LIMITS_SCHEMA, type SenderLimits } from '../http/http-sender.js';
import type { EventSink } from '../shipped-subscriber.js';
import { parseDsn, type Dsn } from './dsn.js';
import { sentryEvent, type SentryScope } from './sentry-event.js';

export interface SentryConfig extends Partial<SentryScope>, Partial<SenderLimits> {
  /** As Sentry shows it in the settings of a project. */
  dsn: string;
}

export const SENTRY_EVENTS = ['step.failed', 'task.failed', 'observability.worker.lost'] as const;

export const SENTRY_CONFIG: JsonObject = {
  type: 'object',
  additionalProperties: false,
  required: ['dsn'],
  properties: {
    dsn: { type: 'string', minLength: 1 },
    environment: { type: 'string', minLength: 1 },
    release: { type: 'string', minLength: 1 },
    server_name: { type: 'string', minLength: 1 },
    tags: { type: 'object', additionalProperties: { type: 'string' } },
    ...LIMITS_SCHEMA,
  },
};

/** Reports failures to Sentry: one issue for each kind of failure at each step. */
@EventSubscriber({ events: SENTRY_EVENTS, configSchema: SENTRY_CONFIG })
export class SentrySubscriber implements EventSink {
  private readonly dsn: Dsn;
  private readonly sender: HttpSender;
  private readonly scope: SentryScope;

  /** @throws Error where the dsn is none */
  constructor({ dsn, environment = 'production', release, server_name, tags, ...limits }: SentryConfig) {
    this.dsn = parseDsn(dsn);
    this.scope = { environment, release, server_name, tags };
    this.sender = new HttpSender('Sentry', { ...DEFAULT_LIMITS, ...limits }, [dsn, this.dsn.publicKey]);
  }

  async handle(event: AnyEvent): Promise<void> {
    const report = sentryEvent(event, this.scope);
    const payload = JSON.stringify(report);
    const lines = [
      JSON.stringify({ event_id: report.event_id, sent_at: new Date().toISOString() }),
      JSON.stringify({ type: 'event', content_type: 'application/json', length: Buffer.byteLength(payload) }),
      payload,
    ];
    await this.sender.send({
      url: this.dsn.envelopeUrl,
      headers: {
        'Content-Type': 'application/x-sentry-envelope',
        'X-Sentry-Auth': `Sentry sentry_version=7, sentry_client=nest-tasker/1.0, sentry_key=${this.dsn.publicKey}`,
      },
      body: `${lines.join('\n')}\n`,
    });
  }
}
