import { PermanentError, RetryableError } from '../../core/errors.js';
import { retryAfterMs } from '../../core/retry-after.js';
import { post, type Message } from './post.js';

export interface SenderLimits {
  /** A request that takes longer has failed, in milliseconds. */
  timeout_ms: number;
  /** Requests that may wait; one more fails at once. */
  max_pending: number;
}

const SHOWN_OF_ANSWER = 200;
const DEFAULT_PAUSE_MS = 60_000;

/**
 * Sends to one service, one request after the other, so that what follows from something comes after it. Tries nothing
 * again: durable delivery does. After the service has asked for a pause, it is not called until that is over.
 */
export class HttpSender {
  private last: Promise<unknown> = Promise.resolve();
  private pending = 0;
  private pausedUntil = 0;

  /** @param service - its name, for messages: neither address nor content is ever told, as they may hold secrets */
  constructor(
    private readonly service: string,
    private readonly limits: SenderLimits,
    private readonly secrets: readonly string[] = [],
  ) {}

  /**
   * @returns the answer's body
   * @throws RetryableError where another try may help, with what the service says of when
   * @throws PermanentError where the service has refused it
   */
  async send(message: Message): Promise<string> {
    if (this.pending >= this.limits.max_pending) {
      throw new RetryableError(`${this.pending} messages to ${this.service} wait already: this one is dropped.`, {
        errorCode: 'QUEUE_FULL',
      });
    }
    this.pending++;
    const sending = this.last.then(() => this.sendNow(message));
    this.last = sending.catch(() => undefined);
    try {
      return await sending;
    } finally {
      this.pending--;
    }
  }

  private async sendNow(message: Message): Promise<string> {
    const pauseMs = this.pausedUntil - Date.now();
    if (pauseMs > 0) throw this.asksToWait(pauseMs);
    const answer = await post(this.service, message, this.limits.timeout_ms);
    if (answer.status >= 200 && answer.status < 300) return answer.body;
    const errorCode = `HTTP_${answer.status}`;
    const said = `${this.service} answered ${answer.status}${this.shown(answer.body)}`;
    if (answer.status === 429 || answer.status === 503) {
      const askedMs = retryAfterMs(answer.retryAfter ?? null) ?? (answer.status === 429 ? DEFAULT_PAUSE_MS : 0);
      this.pausedUntil = Date.now() + askedMs;
      throw new RetryableError(said, { errorCode, retryAfter: askedMs / 1000 });
    }
    if (answer.status >= 500 || answer.status === 408) throw new RetryableError(said, { errorCode });
    throw new PermanentError(said, { errorCode });
  }

  private asksToWait(ms: number): RetryableError {
    const seconds = Math.ceil(ms / 1000);
    return new RetryableError(`${this.service} has asked for a pause, of which ${seconds} s are left.`, {
      errorCode: 'HTTP_429',
      retryAfter: seconds,
    });
  }

  private shown(body: string): string {
    const text = this.secrets.reduce((shown, secret) => shown.replaceAll(secret, '***'), body);
    const short = text.slice(0, SHOWN_OF_ANSWER).replace(/\s+/g, ' ').trim();
    return short === '' ? '' : `: ${short}`;
  }
}

/** The keys of every config that limit what is sent. */
export const LIMITS_SCHEMA = {
  timeout_ms: { type: 'integer', minimum: 1, maximum: 600_000, default: 10_000 },
  max_pending: { type: 'integer', minimum: 1, maximum: 100_000, default: 1_000 },
} as const;

export const DEFAULT_LIMITS: SenderLimits = {
  timeout_ms: LIMITS_SCHEMA.timeout_ms.default,
  max_pending: LIMITS_SCHEMA.max_pending.default,
};
