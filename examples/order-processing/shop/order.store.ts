import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

/** An order as it is written down. Money is in cents. */
export interface NewOrder {
  taskId: string;
  orderNumber: string;
  customerId: number;
  customerEmail: string;
  totalCents: number;
  paymentId: string;
  items: unknown;
}

export interface StoredOrder {
  orderId: number;
  createdAt: Date;
}

/** Held by whoever makes the table: two who make it at once would be in each other's way. */
const TABLE_LOCK = 1_246_301;

/** The shop's own table of orders, in the database that Tasker's tables are in. */
@Injectable()
export class OrderStore {
  /** @param manager - of the step's transaction: the order is there if, and only if, the step has completed */
  async add(manager: EntityManager, order: NewOrder): Promise<StoredOrder> {
    await this.prepare(manager);
    const { taskId, orderNumber, customerId, customerEmail, totalCents, paymentId, items } = order;
    const [row] = await manager.query<{ order_id: string; created_at: Date }[]>(
      `insert into order_processing.orders
         (task_id, order_number, customer_id, customer_email, total_cents, payment_id, items)
       values ($1, $2, $3, $4, $5, $6, $7)
       returning order_id, created_at`,
      [taskId, orderNumber, customerId, customerEmail, totalCents, paymentId, JSON.stringify(items)],
    );
    return { orderId: Number(row!.order_id), createdAt: row!.created_at };
  }

  private async prepare(manager: EntityManager): Promise<void> {
    if (await this.exists(manager)) return;
    await manager.query('select pg_advisory_xact_lock($1)', [TABLE_LOCK]);
    await manager.query('create schema if not exists order_processing');
    await manager.query(
      `create table if not exists order_processing.orders (
         order_id bigint generated always as identity primary key,
         task_id uuid not null unique,
         order_number text not null unique,
         customer_id bigint not null,
         customer_email text not null,
         total_cents bigint not null check (total_cents >= 0),
         payment_id text not null,
         items jsonb not null,
         created_at timestamptz not null default now()
       )`,
    );
  }

  private async exists(manager: EntityManager): Promise<boolean> {
    const [row] = await manager.query<{ exists: boolean }[]>(
      `select to_regclass('order_processing.orders') is not null as exists`,
    );
    return row!.exists;
  }
}
