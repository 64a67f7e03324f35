import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import {
  BadRequestError,
  readRequest,
  writeAnswer,
  type ServiceAnswer,
  type ServiceRequest,
} from './service-exchange.js';
import { reaches, readFault, ServiceFaults } from './service-faults.js';

/** What answers a request, by method and path: `'POST /charges'`, `'GET /charges/:id'`. */
export type Routes = Record<string, (request: ServiceRequest) => ServiceAnswer | Promise<ServiceAnswer>>;

/** One request that the service has answered. `status` 0: the answer was lost on purpose, or the caller hung up. */
export interface ServiceCall {
  method: string;
  path: string;
  status: number;
  body: unknown;
  idempotencyKey: string | null;
  correlationId: string | null;
}

interface Times {
  /** How many requests it hits. @default all until reset */
  times?: number;
}

const CALLS_KEPT = 10_000;

/**
 * A system that an example talks to: real HTTP on 127.0.0.1, everything in memory, and switches for what goes wrong.
 * `payment_gateway` listens on a free port, or on PAYMENT_GATEWAY_PORT. With PAYMENT_GATEWAY_URL set, it listens nowhere
 * and `url` is that, so that several processes share one.
 */
export abstract class LocalService implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(this.constructor.name);
  private readonly server = createServer((request, response) => void this.serve(request, response));
  private readonly faults = new ServiceFaults();
  private readonly log: ServiceCall[] = [];
  private readonly answers = new Map<string, ServiceAnswer>();

  /** @param name - in snake_case */
  protected constructor(readonly name: string) {}

  protected abstract readonly routes: Routes;

  /** Back to the state that the service starts with. */
  protected abstract clear(): void;

  /** Listens before any handler runs: the worker starts on application bootstrap, after all `onModuleInit`. */
  async onModuleInit(): Promise<void> {
    if (this.setting('URL')) return;
    // an application that fails to start is not told to shut down: nothing of this may keep its process alive
    this.server.unref();
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(Number(this.setting('PORT') ?? 0), '127.0.0.1', resolve);
    });
    this.logger.log(`${this.name} of the examples listens on ${this.url}`);
  }

  async onApplicationShutdown(): Promise<void> {
    if (!this.server.listening) return;
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  get url(): string {
    return this.setting('URL') ?? `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Requests under `path` (`/charges`, or `POST /charges`) answer `status` instead of being carried out. */
  fail(path: string, fault: { status: number; body?: unknown } & Times): void {
    this.faults.set({ kind: 'fail', path, ...fault });
  }

  /** Requests under `path` get this answer instead of being carried out. */
  stub(path: string, answer: { status: number; body?: unknown } & Times): void {
    this.faults.set({ kind: 'stub', path, ...answer });
  }

  /** Requests under `path` take `ms` longer. */
  delay(path: string, fault: { ms: number } & Times): void {
    this.faults.set({ kind: 'delay', path, ...fault });
  }

  /** Requests under `path` answer 429 with this Retry-After: seconds, or an HTTP date. */
  rateLimit(path: string, { retryAfter, times }: { retryAfter: number | string } & Times): void {
    this.faults.set({ kind: 'rate_limit', path, retry_after: retryAfter, times });
  }

  /** Requests under `path` are carried out, but the connection breaks before the answer. */
  loseAnswer(path: string, { times }: Times = {}): void {
    this.faults.set({ kind: 'lose_answer', path, times });
  }

  /** The latest requests, oldest first; only those to `path` (`/charges`, or `POST /charges`) and below it where given. */
  calls(path?: string): ServiceCall[] {
    return this.log.filter((call) => path === undefined || reaches(path, call.method, call.path));
  }

  /** Back to the start: no faults, no calls, empty books. */
  reset(): void {
    this.faults.reset();
    this.log.length = 0;
    this.answers.clear();
    this.clear();
  }

  /**
   * Carries a request out once per idempotency key: the same key on the same route gets the answer that it got when it
   * succeeded.
   */
  protected once(request: ServiceRequest, carryOut: () => ServiceAnswer): ServiceAnswer {
    const { method, path, idempotencyKey } = request;
    if (idempotencyKey === null) return carryOut();
    const key = `${method} ${path} ${idempotencyKey}`;
    const before = this.answers.get(key);
    if (before) return before;
    const answer = carryOut();
    if (answer.status < 300) this.answers.set(key, answer);
    return answer;
  }

  private async serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const hungUp = new AbortController();
    response.once('close', () => hungUp.abort());
    try {
      const request = { ...(await readRequest(message, hungUp.signal)), params: {} };
      if (request.path === '/_switches') return writeAnswer(response, this.flip(request));
      if (request.path === '/_calls') return writeAnswer(response, { status: 200, body: { calls: this.log } });
      await this.answer(request, response);
    } catch (error) {
      const [status, code] = error instanceof BadRequestError ? [400, 'bad_request'] : [500, 'internal_error'];
      writeAnswer(response, { status, body: { code, message: (error as Error).message } });
    }
  }

  private async answer(request: ServiceRequest, response: ServerResponse): Promise<void> {
    const { method, path, body, idempotencyKey, correlationId, signal } = request;
    const call: ServiceCall = { method, path, status: 0, body, idempotencyKey, correlationId };
    this.log.push(call);
    if (this.log.length > CALLS_KEPT) this.log.shift();

    const begun = performance.now();
    const { delayMs, instead, losesAnswer } = this.faults.take(method, path);
    if (delayMs > 0) await sleep(delayMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const answer = instead ?? (await this.route(request));
    if (signal.aborted) return;
    if (losesAnswer) return void response.destroy();
    call.status = answer.status;
    const tookMs = (performance.now() - begun).toFixed(1);
    writeAnswer(response, {
      ...answer,
      headers: { 'x-response-time': tookMs, 'x-service': this.name, ...answer.headers },
    });
  }

  private route(request: ServiceRequest): ServiceAnswer | Promise<ServiceAnswer> {
    for (const [route, answer] of Object.entries(this.routes)) {
      const params = matched(route, request);
      if (params) return answer({ ...request, params });
    }
    return {
      status: 404,
      body: { code: 'not_found', message: `${this.name} has no ${request.method} ${request.path}` },
    };
  }

  private flip({ method, body }: ServiceRequest): ServiceAnswer {
    if (method !== 'POST') throw new BadRequestError('POST a switch');
    if ((body as { kind?: unknown } | null)?.kind === 'reset') this.reset();
    else this.faults.set(readFault(body));
    return { status: 200, body: { switched: body } };
  }

  private setting(which: 'PORT' | 'URL'): string | undefined {
    return process.env[`${this.name.toUpperCase()}_${which}`] || undefined;
  }
}

/** What the parts of a path that a route names are; null where it is another route. */
function matched(route: string, { method, path }: ServiceRequest): Record<string, string> | null {
  const [ownMethod, ownPath = ''] = route.split(' ');
  const [names, parts] = [ownPath.split('/'), path.split('/')];
  if (ownMethod !== method || names.length !== parts.length) return null;
  const params: Record<string, string> = {};
  for (const [n, name] of names.entries()) {
    const part = decoded(parts[n]!);
    if (name.startsWith(':')) params[name.slice(1)] = part;
    else if (name !== part) return null;
  }
  return params;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    throw new BadRequestError('The path is not encoded as a URL', { cause });
  }
}
