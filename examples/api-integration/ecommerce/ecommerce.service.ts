import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { BadRequestError, header, readBody, writeJson } from './http-exchange.js';
import { answer, type ShopAnswer, type ShopRequest } from './routes.js';
import { Shop } from './shop.js';
import { Switchboard, readSwitch } from './switchboard.js';

/** One request that the service has answered. `status` 0: the answer was lost on purpose. */
export interface ServiceCall {
  method: string;
  path: string;
  status: number;
  idempotencyKey: string | null;
  correlationId: string | null;
}

const CALLS_KEPT = 10_000;

/**
 * The e-commerce system that the workflow talks to: real HTTP on 127.0.0.1, a port of its own, everything in memory.
 * Stands in for a service that sometimes fails, is slow, or limits its callers.
 */
@Injectable()
export class EcommerceService implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(EcommerceService.name);
  private readonly server = createServer((request, response) => void this.serve(request, response));
  private readonly switchboard = new Switchboard();
  private readonly log: ServiceCall[] = [];
  private books = new Shop();

  /** Listens before any handler runs: the worker starts on application bootstrap, after all `onModuleInit`. */
  async onModuleInit(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(Number(process.env.ECOMMERCE_PORT ?? 0), '127.0.0.1', resolve);
    });
    this.logger.log(`E-commerce service of the example listens on ${this.url}`);
  }

  async onApplicationShutdown(): Promise<void> {
    if (!this.server.listening) return;
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get shop(): Shop {
    return this.books;
  }

  /** Requests under `path` answer `status`. */
  fail(path: string, { status, times }: { status: number; times?: number }): void {
    this.switchboard.set({ kind: 'fail', path, status, times });
  }

  /** Requests under `path` take `ms` longer. */
  delay(path: string, { ms, times }: { ms: number; times?: number }): void {
    this.switchboard.set({ kind: 'delay', path, ms, times });
  }

  /** Requests under `path` answer 429 with this Retry-After: seconds, or an HTTP date. */
  rateLimit(path: string, { retryAfter, times }: { retryAfter: number | string; times?: number }): void {
    this.switchboard.set({ kind: 'rate_limit', path, retry_after: retryAfter, times });
  }

  /** Requests under `path` are carried out, but the connection breaks before the answer. */
  loseAnswer(path: string, { times }: { times?: number } = {}): void {
    this.switchboard.set({ kind: 'lose_answer', path, times });
  }

  /** Sets how many pieces of a product are left. */
  setStock(productId: number, stock: number): void {
    const product = this.books.products.get(productId);
    if (!product || !(stock >= 0))
      throw new BadRequestError(`Cannot set the stock of product ${productId} to ${stock}`);
    product.stock = stock;
  }

  /** Back to the start: no faults, full stock, no orders, no events, no calls. */
  reset(): void {
    this.switchboard.reset();
    this.log.length = 0;
    this.books = new Shop();
  }

  /** The latest requests, oldest first; only those to `path` and below it where given. */
  calls(path?: string): ServiceCall[] {
    return this.log.filter((call) => path === undefined || call.path === path || call.path.startsWith(`${path}/`));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { pathname: path, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
      const body = await readBody(request);
      const method = request.method ?? 'GET';
      if (path === '/_switches' && method === 'POST') return writeJson(response, this.flip(body));
      if (path === '/_calls' && method === 'GET')
        return writeJson(response, { status: 200, body: { calls: this.log } });

      const apiKey = request.headers['x-api-key'] ?? searchParams.get('api_key');
      const call = { method, path, body, idempotencyKey: header(request, 'idempotency-key') };
      await this.answer(call, apiKey, header(request, 'x-correlation-id'), response);
    } catch (error) {
      const status = error instanceof BadRequestError ? 400 : 500;
      writeJson(response, { status, body: { message: (error as Error).message } });
    }
  }

  private async answer(
    call: ShopRequest,
    apiKey: unknown,
    correlationId: string | null,
    response: ServerResponse,
  ): Promise<void> {
    const faults = this.switchboard.take(call.path);
    if (faults.delayMs > 0) await sleep(faults.delayMs);

    const refusal = this.admits(apiKey) ? faults.refusal : { status: 401, headers: {} };
    const result = refusal
      ? { status: refusal.status, body: { message: `Refused with ${refusal.status}` } }
      : answer(this.books, call);

    const { method, path, idempotencyKey } = call;
    this.log.push({ method, path, status: faults.loseAnswer ? 0 : result.status, idempotencyKey, correlationId });
    if (this.log.length > CALLS_KEPT) this.log.shift();

    if (faults.loseAnswer) response.destroy();
    else writeJson(response, result, refusal?.headers);
  }

  private admits(apiKey: unknown): boolean {
    const expected = process.env.ECOMMERCE_API_KEY;
    return !expected || apiKey === expected;
  }

  private flip(body: unknown): ShopAnswer {
    const wanted = (body ?? {}) as Record<string, unknown>;
    if (wanted.kind === 'reset') this.reset();
    else if (wanted.kind === 'stock') this.setStock(Number(wanted.product_id), Number(wanted.stock));
    else this.switchboard.set(readSwitch(wanted));
    return { status: 200, body: { switched: wanted } };
  }
}
