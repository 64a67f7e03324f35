import { Injectable } from '@nestjs/common';
import { errorOfAnswer, errorOfConnection, type CallName } from './call-errors.js';
import { EcommerceService } from './ecommerce.service.js';

/** What goes with a call besides its address. */
export interface CallOptions {
  /** Query string. */
  params?: Record<string, string>;
  correlationId: string;
  /** Lets the service recognise a call that it has carried out before. */
  idempotencyKey?: string;
  /** The step's: ends the call when the attempt ends. */
  signal: AbortSignal;
}

/** Calls the e-commerce system and turns its failures into the errors that tell Tasker whether to try again. */
@Injectable()
export class EcommerceClient {
  constructor(private readonly service: EcommerceService) {}

  /** @throws RetryableError or PermanentError where there is no good answer */
  get<T>(url: string, options: CallOptions): Promise<T> {
    return this.call<T>('GET', url, undefined, options);
  }

  /** @throws RetryableError or PermanentError where there is no good answer */
  post<T>(url: string, body: unknown, options: CallOptions): Promise<T> {
    return this.call<T>('POST', url, JSON.stringify(body), options);
  }

  private async call<T>(method: string, url: string, body: string | undefined, options: CallOptions): Promise<T> {
    const call = { method, url: this.resolve(url, options.params) };
    const { response, text } = await this.send(call, body, options);
    if (!response.ok) throw errorOfAnswer(call, response, text);
    try {
      return JSON.parse(text) as T;
    } catch (error) {
      throw errorOfConnection(call, error);
    }
  }

  private async send(call: CallName, body: string | undefined, { signal, ...options }: CallOptions) {
    const headers: Record<string, string> = { accept: 'application/json', 'x-correlation-id': options.correlationId };
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (options.idempotencyKey) headers['idempotency-key'] = options.idempotencyKey;
    try {
      const response = await fetch(call.url, { method: call.method, headers, body, signal });
      return { response, text: await response.text() };
    } catch (error) {
      // The attempt is over: what became of it is Tasker's to say.
      signal.throwIfAborted();
      throw errorOfConnection(call, error);
    }
  }

  // ECOMMERCE_URL lets several processes share one service; each runs its own otherwise.
  private resolve(url: string, params: Record<string, string> = {}): URL {
    const resolved = new URL(url, process.env.ECOMMERCE_URL || this.service.url);
    for (const [name, value] of Object.entries(params)) resolved.searchParams.set(name, value);
    return resolved;
  }
}
