import { randomUUID } from 'node:crypto';
import { PermanentError, RetryableError } from '../../core/errors.js';
import type { JsonObject } from '../../core/json.js';
import type { DeliveryAttempt } from '../../events/durable-options.js';
import { EventSubscriber } from '../../events/event-subscriber.decorator.js';
import type { AnyEvent } from '../../events/tasker-events.js';
import { LIMITS_SCHEMA } from '../http/http-sender.js';
import { post } from '../http/post.js';
import type { EventSink } from '../shipped-subscriber.js';
import { webhookHeaders } from './signature.js';

export interface WebhookConfig {
  /** Where events are posted to. */
  url: string;
  /** Signs what is posted: a text, or `whsec_` and base64. @default no signature */
  secret?: string;
  /** Sent along, such as an authorization. @default none */
  headers?: Record<string, string>;
  /** An answer that takes longer is none, in milliseconds. @default 10000 */
  timeout_ms?: number;
}

export const WEBHOOK_CONFIG: JsonObject = {
  type: 'object',
  additionalProperties: false,
  required: ['url'],
  properties: {
    url: { type: 'string', pattern: '^https?://' },
    secret: { type: 'string', minLength: 16 },
    headers: { type: 'object', additionalProperties: { type: 'string' } },
    timeout_ms: LIMITS_SCHEMA.timeout_ms,
  },
};

const GONE = 410;

/**
 * Posts events as JSON. Any answer of 2xx says that it was taken; 410 that it is not wanted and is to be parked; after any
 * other, or none, it is posted again, under the same `webhook-id`.
 */
@EventSubscriber({ delivery: 'durable', configSchema: WEBHOOK_CONFIG })
export class WebhookSubscriber implements EventSink {
  private readonly url: URL;

  /** @throws TypeError where the url is none */
  constructor(private readonly config: WebhookConfig) {
    this.url = new URL(config.url);
  }

  async handle(event: AnyEvent, delivery?: DeliveryAttempt): Promise<void> {
    const { secret = null, headers = {}, timeout_ms: timeoutMs = LIMITS_SCHEMA.timeout_ms.default } = this.config;
    const body = JSON.stringify(event);
    const id = event.event_id ?? randomUUID();
    const message = {
      url: this.url,
      headers: { ...headers, 'Content-Type': 'application/json', ...webhookHeaders(id, body, secret, Date.now()) },
      body,
    };
    const service = `The webhook at ${this.url.host}`;
    const { status, retryAfter } = await post(service, message, timeoutMs, delivery?.signal);
    if (status >= 200 && status < 300) return;
    const said = `${service} answered ${status}.`;
    const errorCode = `HTTP_${status}`;
    if (status === GONE) throw new PermanentError(said, { errorCode });
    throw new RetryableError(said, { errorCode, retryAfter: retryAfter ?? null });
  }
}
