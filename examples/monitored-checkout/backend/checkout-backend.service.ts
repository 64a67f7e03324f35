import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LocalService, type Routes } from '../../support/local-service.js';
import type { ServiceAnswer, ServiceRequest } from '../../support/service-exchange.js';

/** What `POST /payments`, `/reservations`, `/orders` and `/emails` answer besides what they were sent. */
export interface Receipt {
  id: string;
  created_at: string;
}

/** What the steps of a checkout call: carries each request out once per idempotency key. */
@Injectable()
export class CheckoutBackend extends LocalService {
  readonly payments: unknown[] = [];
  readonly reservations: unknown[] = [];
  readonly orders: unknown[] = [];
  readonly emails: unknown[] = [];

  protected readonly routes: Routes = {
    'POST /payments': (request) =>
      (request.body as { payment_method: string }).payment_method === 'test_declined'
        ? { status: 402, body: { code: 'card_declined', message: 'The bank says no' } }
        : this.keep(this.payments, 'pay', request),
    'POST /reservations': (request) =>
      (request.body as { items: { sku: string }[] }).items.some(({ sku }) => sku.startsWith('GONE'))
        ? { status: 409, body: { code: 'out_of_stock', message: 'Not enough in stock' } }
        : this.keep(this.reservations, 'rsv', request),
    'POST /orders': (request) => this.keep(this.orders, 'ord', request),
    'POST /emails': (request) => this.keep(this.emails, 'msg', request),
  };

  constructor() {
    super('checkout_backend');
  }

  protected clear(): void {
    for (const book of [this.payments, this.reservations, this.orders, this.emails]) book.length = 0;
  }

  private keep(book: unknown[], kind: string, request: ServiceRequest): ServiceAnswer {
    return this.once(request, () => {
      const receipt: Receipt = {
        id: `${kind}_${randomUUID().replaceAll('-', '').slice(0, 12)}`,
        created_at: new Date().toISOString(),
      };
      book.push({ ...(request.body as object), ...receipt });
      return { status: 201, body: receipt };
    });
  }
}
