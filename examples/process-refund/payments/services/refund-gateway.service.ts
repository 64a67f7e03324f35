import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LocalService, type Routes } from '../../../support/local-service.js';
import type { ServiceAnswer, ServiceRequest } from '../../../support/service-exchange.js';

export type Eligibility = 'eligible' | 'ineligible' | 'insufficient_funds' | 'processing' | 'pending';

/** A payment as the gateway knows it; amounts in cents. */
export interface Payment {
  payment_id: string;
  provider: string;
  amount: number;
  refunded: number;
  /** Whether it can be given back, as long as something is left of it. */
  standing: Eligibility;
  customer_email: string;
}

/** What `GET /payments/<id>` answers. */
export interface PaymentAnswer {
  payment_id: string;
  status: Eligibility;
  original_amount: number;
  refundable_amount: number;
  provider: string;
  customer_email: string;
}

/** What `POST /refunds` takes. */
export interface NewGatewayRefund {
  payment_id: string;
  amount: number;
  reason: string;
}

/** What it answers. */
export interface GatewayRefund extends NewGatewayRefund {
  refund_id: string;
  gateway_refund_id: string;
  status: 'processed' | 'completed' | 'failed' | 'pending';
  failure_reason: string | null;
  processed_at: string;
}

const payment = (id: string, amount: number, standing: Eligibility = 'eligible'): Payment => ({
  payment_id: id,
  provider: 'MockPaymentGateway',
  amount,
  refunded: 0,
  standing,
  customer_email: `buyer.${id}@example.org`,
});

/** Knows payments, and gives them back: once per idempotency key, and never more than was paid. */
@Injectable()
export class RefundGateway extends LocalService {
  readonly payments = new Map<string, Payment>();
  readonly refunds: GatewayRefund[] = [];

  protected readonly routes: Routes = {
    'GET /payments/:id': ({ params }) => {
      const found = this.payments.get(params.id!);
      return found ? { status: 200, body: answerOf(found) } : notFound(params.id!);
    },
    'POST /refunds': (request) => this.refund(request),
    'GET /refunds': () => ({ status: 200, body: { refunds: this.refunds } }),
  };

  constructor() {
    super('refund_gateway');
    this.clear();
  }

  protected clear(): void {
    this.refunds.length = 0;
    this.payments.clear();
    const known = [
      payment('pay_1001', 12_000),
      payment('pay_1002', 4_500),
      payment('pay_1003', 75_000),
      payment('pay_2001', 5_000, 'processing'),
      payment('pay_2002', 5_000, 'pending'),
      payment('pay_3001', 5_000, 'ineligible'),
      payment('pay_4001', 5_000, 'insufficient_funds'),
    ];
    for (const one of known) this.payments.set(one.payment_id, one);
  }

  private refund(request: ServiceRequest): ServiceAnswer {
    const { payment_id = '', amount = 0, reason = '' } = (request.body ?? {}) as Partial<NewGatewayRefund>;
    const paid = this.payments.get(payment_id);
    if (!paid) return notFound(payment_id);
    if (!Number.isInteger(amount) || amount <= 0) return { status: 400, body: { code: 'invalid_amount' } };
    return this.once(request, () => {
      const left = paid.amount - paid.refunded;
      const refund: GatewayRefund = {
        refund_id: `ref_${id()}`,
        gateway_refund_id: `gw_${id()}`,
        ...{ payment_id, amount, reason },
        status: amount <= left ? 'processed' : 'failed',
        failure_reason: amount <= left ? null : left === 0 ? 'already_refunded' : 'exceeds_payment',
        processed_at: new Date().toISOString(),
      };
      if (refund.status === 'processed') {
        paid.refunded += amount;
        this.refunds.push(refund);
      }
      return { status: 200, body: refund };
    });
  }
}

function answerOf({ payment_id, provider, amount, refunded, standing, customer_email }: Payment): PaymentAnswer {
  const left = amount - refunded;
  const status = standing === 'eligible' && left === 0 ? 'ineligible' : standing;
  return { payment_id, status, original_amount: amount, refundable_amount: left, provider, customer_email };
}

const notFound = (payment_id: string): ServiceAnswer => ({
  status: 404,
  body: { code: 'payment_not_found', message: `There is no payment ${payment_id}` },
});
const id = (): string => randomUUID().replaceAll('-', '').slice(0, 12);
