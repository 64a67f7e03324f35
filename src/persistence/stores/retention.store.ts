import { Injectable } from '@nestjs/common';
import { Database } from '../database.js';

/** What a sweep has done with a batch of tasks. */
export interface SweptBatch {
  /** The last task looked at; null at the end. */
  upto: string | null;
  deleted: number;
  /** Whose contexts and results were removed. */
  erased: number;
  /** Due to be deleted, but a durable subscription has yet to be given some of their events. */
  unread: number;
  /** Events that subscriptions had parked, and that went with their tasks. */
  parked: number;
}

/** Deletes what has been kept long enough. */
@Injectable()
export class RetentionStore {
  constructor(private readonly database: Database) {}

  /** The id up to which tasks may be due for something; null where nothing ever is. @param seconds - null for ever */
  async horizon(seconds: number | null): Promise<string | null> {
    const [row] = await this.database.call<{ retention_horizon: string | null }>('retention_horizon', [seconds]);
    return row!.retention_horizon;
  }

  /** One transaction over so many tasks. @returns null where another worker is sweeping */
  async sweep(seconds: number | null, after: string, before: string, limit: number): Promise<SweptBatch | null> {
    const [row] = await this.database.call<SweptBatch>('sweep_finished_tasks', [seconds, after, before, limit]);
    return row ?? null;
  }

  /** @returns names of the partitions that are gone */
  async dropPastMonths(): Promise<string[]> {
    const [row] = await this.database.call<{ drop_past_months: string[] }>('drop_past_months', []);
    return row!.drop_past_months;
  }
}
