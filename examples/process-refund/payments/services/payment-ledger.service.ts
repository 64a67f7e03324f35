import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LocalService, type Routes } from '../../../support/local-service.js';

/** What `POST /payments/<id>/refunds` takes; amounts in cents. */
export interface NewLedgerEntry {
  refund_id: string;
  amount: number;
  original_amount: number;
}

export interface LedgerEntry extends NewLedgerEntry {
  payment_id: string;
  payment_status: 'refunded' | 'partially_refunded';
  audit_trail_id: string;
  recorded_at: string;
}

/** The company's own books: an entry for each refund. */
@Injectable()
export class PaymentLedger extends LocalService {
  readonly entries: LedgerEntry[] = [];

  protected readonly routes: Routes = {
    'POST /payments/:id/refunds': (request) => {
      const asked = (request.body ?? {}) as Partial<NewLedgerEntry>;
      if (!asked.refund_id || !asked.amount || !asked.original_amount) {
        return { status: 422, body: { code: 'missing_field' } };
      }
      return this.once(request, () => {
        const payment_id = request.params.id!;
        const before = this.entries.filter((entry) => entry.payment_id === payment_id);
        const refunded = before.reduce((sum, { amount }) => sum + amount, 0) + asked.amount!;
        const entry: LedgerEntry = {
          ...(asked as NewLedgerEntry),
          payment_id,
          payment_status: refunded >= asked.original_amount! ? 'refunded' : 'partially_refunded',
          audit_trail_id: `audit_${randomUUID().replaceAll('-', '').slice(0, 12)}`,
          recorded_at: new Date().toISOString(),
        };
        this.entries.push(entry);
        return { status: 201, body: entry };
      });
    },
    'GET /payments/:id/refunds': ({ params }) => ({
      status: 200,
      body: { refunds: this.entries.filter(({ payment_id }) => payment_id === params.id) },
    }),
  };

  constructor() {
    super('refund_ledger');
  }

  protected clear(): void {
    this.entries.length = 0;
  }
}
