import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { LocalService, type Routes } from '../../support/local-service.js';
import type { ServiceAnswer, ServiceRequest } from '../../support/service-exchange.js';
import { assessed, cardOf, declineOf, type RiskQuestion } from './test-cards.js';

/** What `POST /charges` takes. */
export interface NewCharge {
  amount_cents: number;
  currency: string;
  payment_method: string;
  processor: string;
  token: string;
  capture_method: string;
  confirmation_method: string;
  checks: { require_cvv?: boolean; require_3d_secure?: boolean; fraud_detection?: boolean };
}

export interface Charge extends Omit<NewCharge, 'token' | 'checks'> {
  charge_id: string;
  status: 'succeeded' | 'pending';
  created_at: string;
}

/** What `POST /authorizations` takes, and what is captured of it. */
export interface Authorization {
  authorization_id: string;
  order_id: number;
  amount_cents: number;
  currency: string;
  transaction_id: string | null;
}

/** A charge that is pending at first is settled after so many looks. */
const LOOKS_WHILE_PENDING = 2;

/** A gateway for payments; `test-cards.ts` says what becomes of which token. */
@Injectable()
export class PaymentGateway extends LocalService {
  readonly charges = new Map<string, Charge>();
  readonly authorizations = new Map<string, Authorization>();
  private readonly looks = new Map<string, number>();

  protected readonly routes: Routes = {
    'POST /charges': (request) => this.once(request, () => this.charge(request.body as NewCharge)),
    'GET /charges/:id': (request) => this.show(request),
    'GET /cards/:token': ({ params }) => {
      const card = cardOf(params.token!);
      return card ? { status: 200, body: card } : notFound('card');
    },
    'POST /risk_assessments': ({ body }) => ({ status: 200, body: assessed(body as RiskQuestion) }),
    'POST /authorizations': (request) => this.once(request, () => this.authorize(request)),
    'POST /authorizations/:id/captures': (request) => this.once(request, () => this.capture(request)),
  };

  constructor() {
    super('payment_gateway');
  }

  protected clear(): void {
    for (const book of [this.charges, this.authorizations, this.looks]) book.clear();
  }

  private charge({ token, checks, ...charge }: NewCharge): ServiceAnswer {
    const decline = declineOf(token, checks);
    if (decline) return { status: 402, body: decline };
    const made: Charge = {
      ...charge,
      charge_id: idOf('pay'),
      status: token.startsWith('tok_pending') ? 'pending' : 'succeeded',
      created_at: new Date().toISOString(),
    };
    this.charges.set(made.charge_id, made);
    return { status: 201, body: made };
  }

  /** With `wait`, a pending charge is answered after so many seconds. */
  private async show({ params, query, signal }: ServiceRequest): Promise<ServiceAnswer> {
    const charge = this.charges.get(params.id!);
    if (!charge) return notFound('charge');
    const looks = (this.looks.get(charge.charge_id) ?? 0) + 1;
    this.looks.set(charge.charge_id, looks);
    if (charge.status === 'pending' && looks > LOOKS_WHILE_PENDING) charge.status = 'succeeded';
    if (charge.status === 'pending') {
      await sleep(Number(query.get('wait') ?? 0) * 1000, undefined, { signal }).catch(() => undefined);
    }
    return { status: 200, body: charge };
  }

  private authorize({ body }: ServiceRequest): ServiceAnswer {
    const { token, ...asked } = body as Pick<Authorization, 'order_id' | 'amount_cents' | 'currency'> & {
      token: string;
    };
    const decline = declineOf(token, {});
    if (decline) return { status: 402, body: decline };
    const made: Authorization = { ...asked, authorization_id: idOf('auth'), transaction_id: null };
    this.authorizations.set(made.authorization_id, made);
    return { status: 201, body: made };
  }

  private capture({ params, body }: ServiceRequest): ServiceAnswer {
    const authorization = this.authorizations.get(params.id!);
    if (!authorization) return notFound('authorization');
    if ((body as { amount_cents: number }).amount_cents > authorization.amount_cents) {
      return { status: 422, body: { code: 'amount_too_large', message: 'More than is authorized' } };
    }
    authorization.transaction_id ??= idOf('txn');
    return { status: 201, body: authorization };
  }
}

const idOf = (kind: string): string => `${kind}_${randomUUID().replaceAll('-', '').slice(0, 20)}`;
const notFound = (what: string): ServiceAnswer => ({
  status: 404,
  body: { code: 'not_found', message: `There is no such ${what}` },
});
