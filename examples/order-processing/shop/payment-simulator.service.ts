import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { LocalService, type Routes } from '../../support/local-service.js';
import type { ServiceAnswer, ServiceRequest } from '../../support/service-exchange.js';

/** What `POST /charges` takes. */
export interface NewCharge {
  amount_cents: number;
  currency: string;
  payment_method: string;
  /** Decides what happens: see `PaymentSimulator`. */
  token: string;
  reference: string;
}

/** A charge that was made. */
export interface Charge extends NewCharge {
  payment_id: string;
  transaction_id: string;
  status: 'completed';
  processed_at: string;
}

/** Longer than anybody waits for an answer. */
const HANGS_MS = 60_000;
const RATE_LIMIT_SECONDS = 30;

/**
 * A payment gateway of which the token decides what happens, the same each time:
 *
 * - `test_insufficient_…`, `test_invalid_…`: declined
 * - `test_timeout_…`: no answer
 * - `test_rate_limit_…`: the first charge is refused with Retry-After, the next is made
 * - `test_temp_fail_…`: the first charge fails with 503, the next is made
 * - `test_success_…` and any other: the charge is made, once per idempotency key
 */
@Injectable()
export class PaymentSimulator extends LocalService {
  readonly charges: Charge[] = [];
  /** Tokens that have failed once, as they do. */
  private readonly failedOnce = new Set<string>();

  protected readonly routes: Routes = {
    'POST /charges': (request) => this.charge(request),
    'GET /charges': () => ({ status: 200, body: { charges: this.charges.map(shown) } }),
  };

  constructor() {
    super('order_payment');
  }

  protected clear(): void {
    this.charges.length = 0;
    this.failedOnce.clear();
  }

  private charge(request: ServiceRequest): ServiceAnswer | Promise<ServiceAnswer> {
    const charge = (request.body ?? {}) as Partial<NewCharge>;
    if (!Number.isInteger(charge.amount_cents) || charge.amount_cents! <= 0 || typeof charge.token !== 'string') {
      return { status: 400, body: { code: 'invalid_request', message: 'A charge has amount_cents and a token' } };
    }
    const behaviour = /^test_(insufficient|invalid|timeout|rate_limit|temp_fail)_/.exec(charge.token)?.[1];
    if (behaviour === 'insufficient') return declined('insufficient_funds');
    if (behaviour === 'invalid') return declined('invalid_card');
    if (behaviour === 'timeout') return this.hang(request);
    if (behaviour === 'rate_limit' && this.isFirst(charge.token)) return RATE_LIMITED;
    if (behaviour === 'temp_fail' && this.isFirst(charge.token)) return UNAVAILABLE;
    return this.once(request, () => this.make(charge as NewCharge));
  }

  private isFirst(token: string): boolean {
    const isFirst = !this.failedOnce.has(token);
    this.failedOnce.add(token);
    return isFirst;
  }

  private async hang({ signal }: ServiceRequest): Promise<ServiceAnswer> {
    await sleep(HANGS_MS, undefined, { signal }).catch(() => undefined);
    return { status: 504, body: { code: 'timeout', message: 'The bank has not answered' } };
  }

  private make(charge: NewCharge): ServiceAnswer {
    const made: Charge = {
      ...charge,
      payment_id: `pay_${randomUUID().replaceAll('-', '').slice(0, 16)}`,
      transaction_id: `txn_${randomUUID().replaceAll('-', '').slice(0, 16)}`,
      status: 'completed',
      processed_at: new Date().toISOString(),
    };
    this.charges.push(made);
    return { status: 201, body: shown(made) };
  }
}

/** A charge without what it was paid by. */
const shown = (charge: Charge): Partial<Charge> => ({ ...charge, token: undefined });
const declined = (code: string): ServiceAnswer => ({ status: 402, body: { code, message: `Declined: ${code}` } });
const RATE_LIMITED: ServiceAnswer = {
  status: 429,
  body: { code: 'rate_limited', message: 'Too many charges' },
  headers: { 'retry-after': String(RATE_LIMIT_SECONDS) },
};
const UNAVAILABLE: ServiceAnswer = {
  status: 503,
  body: { code: 'service_unavailable', message: 'Back in a moment' },
};
