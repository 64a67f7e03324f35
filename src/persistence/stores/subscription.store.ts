import { Injectable } from '@nestjs/common';
import { Database } from '../database.js';
import type {
  DeliveryFailure,
  DeliveryProgress,
  EventKey,
  Holder,
  ParkedEvent,
  Postponement,
  SubscriptionFigures,
  SubscriptionState,
  WaitingEvent,
} from './subscriptions.js';

/** Cursors of durable subscriptions, who holds them, and the events that were not taken. */
@Injectable()
export class SubscriptionStore {
  constructor(private readonly database: Database) {}

  async register(name: string, events: readonly string[], fromNow: boolean): Promise<void> {
    await this.database.call('register_subscription', [name, events, fromNow]);
  }

  /**
   * Takes a subscription over, or goes on holding it, if there is something to deliver.
   *
   * @returns its position; null where another process has it, it is paused, or there is nothing to do
   */
  async lease(name: string, holder: Holder, leaseMs: number, upto: number): Promise<number | null> {
    const [row] = await this.database.call<{ position: string }>('lease_subscription', [
      name,
      holder.id,
      holder.name,
      leaseMs,
      upto,
    ]);
    return row ? Number(row.position) : null;
  }

  /** @returns its state; null where another process has taken over: nothing was saved */
  async save(
    name: string,
    holder: Holder,
    leaseMs: number,
    progress: DeliveryProgress,
  ): Promise<SubscriptionState | null> {
    const { position, kept, done, failed } = progress;
    const [row] = await this.database.call<{ save_delivery: SubscriptionState | null }>('save_delivery', [
      name,
      holder.id,
      leaseMs,
      position,
      JSON.stringify(kept.map(keptRow)),
      JSON.stringify(done.map(keyRow)),
      JSON.stringify(failed.map((event) => ({ ...keyRow(event), ...postponedRow(event) }))),
    ]);
    return row!.save_delivery;
  }

  async release(name: string, holder: Holder): Promise<void> {
    await this.database.call('release_subscription', [name, holder.id]);
  }

  /** In the order in which they are to be delivered. */
  async waiting(name: string): Promise<WaitingEvent[]> {
    const rows = await this.database.dataSource.query<WaitingRow[]>(
      `select audit_no, event_no, task_id, attempts, due_at from ${this.database.name('delivery')}
       where subscription = $1 and state = 'waiting' order by audit_no, event_no`,
      [name],
    );
    return rows.map((row) => ({ ...readKey(row), taskId: row.task_id, attempts: row.attempts, dueAt: row.due_at }));
  }

  /** The oldest first. */
  async parked(name: string, limit: number, after: EventKey = { auditNo: 0, eventNo: 0 }): Promise<ParkedEvent[]> {
    const rows = await this.database.dataSource.query<ParkedRow[]>(
      `select audit_no, event_no, event_id, event, task_id, attempts, error, failed_at, parked_at
       from ${this.database.name('delivery')}
       where subscription = $1 and state = 'parked' and (audit_no, event_no) > ($2, $3)
       order by audit_no, event_no limit $4`,
      [name, after.auditNo, after.eventNo, limit],
    );
    return rows.map((row) => ({
      ...readKey(row),
      eventId: row.event_id,
      event: row.event,
      taskId: row.task_id,
      attempts: row.attempts,
      error: row.error,
      failedAt: row.failed_at,
      parkedAt: row.parked_at,
    }));
  }

  /** @returns how many */
  async redrive(name: string, key: EventKey | null): Promise<number> {
    const [row] = await this.database.call<{ redrive_deliveries: number }>('redrive_deliveries', [
      name,
      key?.auditNo ?? null,
      key?.eventNo ?? null,
    ]);
    return row!.redrive_deliveries;
  }

  /** @returns false if there is no such subscription */
  async setState(name: string, state: SubscriptionState): Promise<boolean> {
    return this.changed(`update ${this.database.name('subscription')} set state = $2 where name = $1`, [name, state]);
  }

  /** With all that waits or is parked. @returns false if there is no such subscription */
  async remove(name: string): Promise<boolean> {
    return this.changed(`delete from ${this.database.name('subscription')} where name = $1`, [name]);
  }

  async figures(name: string | null = null): Promise<SubscriptionFigures[]> {
    const rows = await this.database.call<FiguresRow>('subscription_figures', [name]);
    return rows.map(({ created_at, moved_at, lag_rows, lag_seconds, oldest_parked_at, ...row }) => ({
      ...row,
      position: Number(row.position),
      createdAt: created_at,
      movedAt: moved_at,
      lagRows: Number(lag_rows),
      lagSeconds: lag_seconds,
      oldestParkedAt: oldest_parked_at,
    }));
  }

  private async changed(sql: string, parameters: unknown[]): Promise<boolean> {
    const [, count] = await this.database.dataSource.query<[unknown, number]>(sql, parameters);
    return count > 0;
  }
}

type Row<Columns> = Columns & { audit_no: string; event_no: number };
type WaitingRow = Row<{ task_id: string; attempts: number; due_at: Date | null }>;
type ParkedRow = Row<{
  event_id: string;
  event: string;
  task_id: string;
  attempts: number;
  error: DeliveryFailure | null;
  failed_at: Date | null;
  parked_at: Date;
}>;

interface FiguresRow {
  name: string;
  state: SubscriptionState;
  events: string[];
  position: string;
  holder: string | null;
  created_at: Date;
  moved_at: Date | null;
  lag_rows: string;
  lag_seconds: number;
  waiting: number;
  parked: number;
  oldest_parked_at: Date | null;
}

const readKey = ({ audit_no, event_no }: Row<object>): EventKey => ({ auditNo: Number(audit_no), eventNo: event_no });
const keyRow = ({ auditNo, eventNo }: EventKey) => ({ audit_no: auditNo, event_no: eventNo });
const postponedRow = ({ attempts, delayMs, error, parked }: Postponement) => ({
  attempts,
  delay_ms: delayMs,
  error,
  parked,
});
const keptRow = (event: DeliveryProgress['kept'][number]) => ({
  ...keyRow(event),
  ...postponedRow(event),
  event: event.event,
  event_id: event.eventId,
  task_id: event.taskId,
});
