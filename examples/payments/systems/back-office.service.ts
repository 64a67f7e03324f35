import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LocalService, type Routes } from '../../support/local-service.js';
import type { ServiceAnswer, ServiceRequest } from '../../support/service-exchange.js';

/** What is known of a customer. */
export interface Customer {
  last_payment_date?: string;
  payment_method_preferences?: string[];
  transaction_history: { payment_id: string; amount: number; currency: string }[];
  loyalty_points: number;
}

/** What `PATCH /customers/:id` takes: the payment, and the fields that it is to be written into. */
export interface CustomerUpdate {
  fields: (keyof Customer)[];
  payment: { payment_id: string; amount: number; currency: string; payment_method: string; paid_at: string };
  audit: boolean;
  retention: string;
}

/** What `POST /metrics` takes: one payment to be counted. */
export interface CountedPayment {
  analytics_type: string;
  metrics: string[];
  reporting_interval: string;
  aggregation_level: string;
  amount: number;
  /** Charges that were tried for it. */
  attempts: number;
}

/** What `POST /audit_entries` takes. */
export interface NewAuditEntry {
  transaction_id: string;
  log_level: string;
  compliance_standard: string | null;
  /** How long it is to be kept, such as `7_years`. */
  retention: string;
  details: Record<string, unknown>;
}

/** The merchant's own books: customers, figures and the audit log. */
@Injectable()
export class BackOffice extends LocalService {
  readonly customers = new Map<string, Customer>();
  readonly auditEntries: (NewAuditEntry & { audit_id: string; created_at: string })[] = [];
  private figures = { payment_volume: 0, payments: 0, charge_attempts: 0 };

  protected readonly routes: Routes = {
    'PATCH /customers/:id': (request) => this.once(request, () => this.update(request)),
    'GET /customers/:id': ({ params }) => ({ status: 200, body: this.customerOf(params.id!) }),
    'POST /metrics': (request) => this.once(request, () => this.count(request.body as CountedPayment)),
    'POST /audit_entries': (request) => this.once(request, () => this.enter(request.body as NewAuditEntry)),
    'GET /audit_entries': () => ({ status: 200, body: { audit_entries: this.auditEntries } }),
  };

  constructor() {
    super('payment_back_office');
  }

  protected clear(): void {
    this.customers.clear();
    this.auditEntries.length = 0;
    this.figures = { payment_volume: 0, payments: 0, charge_attempts: 0 };
  }

  private customerOf(id: string): Customer {
    return this.customers.get(id) ?? { transaction_history: [], loyalty_points: 0 };
  }

  private update({ params, body }: ServiceRequest): ServiceAnswer {
    const { fields, payment, audit, retention } = body as CustomerUpdate;
    const { payment_id, amount, currency, payment_method, paid_at } = payment;
    const known = this.customerOf(params.id!);
    const updated: Required<Customer> = {
      last_payment_date: paid_at,
      payment_method_preferences: [...new Set([payment_method, ...(known.payment_method_preferences ?? [])])],
      transaction_history: [...known.transaction_history, { payment_id, amount, currency }],
      loyalty_points: known.loyalty_points + Math.floor(amount),
    };
    const changes = Object.fromEntries(fields.map((field) => [field, updated[field]]));
    this.customers.set(params.id!, { ...known, ...changes });
    const entry = audit
      ? this.entryOf({
          transaction_id: payment_id,
          log_level: 'info',
          compliance_standard: null,
          retention,
          details: { customer_id: params.id, fields },
        })
      : null;
    return { status: 200, body: { updated_fields: fields, audit_id: entry?.audit_id ?? null } };
  }

  private count({ amount, attempts, metrics }: CountedPayment): ServiceAnswer {
    this.figures.payment_volume += amount;
    this.figures.payments += 1;
    this.figures.charge_attempts += attempts;
    const { payments, charge_attempts } = this.figures;
    const values: Record<string, number> = {
      payment_volume: Math.round(this.figures.payment_volume * 100) / 100,
      payment_success_rate: payments / charge_attempts,
    };
    const unknown = metrics.filter((name) => values[name] === undefined);
    if (unknown.length > 0) {
      return { status: 422, body: { code: 'unknown_metric', message: `Not counted: ${unknown.join(', ')}` } };
    }
    return { status: 201, body: { metrics: Object.fromEntries(metrics.map((name) => [name, values[name]])) } };
  }

  private enter(entry: NewAuditEntry): ServiceAnswer {
    const { audit_id, created_at } = this.entryOf(entry);
    return { status: 201, body: { audit_id, created_at } };
  }

  private entryOf(entry: NewAuditEntry) {
    const audit_id = `audit_${randomUUID().replaceAll('-', '').slice(0, 16)}`;
    const made = { ...entry, audit_id, created_at: new Date().toISOString() };
    this.auditEntries.push(made);
    return made;
  }
}
