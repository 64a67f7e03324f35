import { Injectable } from '@nestjs/common';
import { Database } from '../database.js';

const MOST_WORKERS = 100;
const MOST_COUNTED = 10_000;

/** One incarnation of a worker process that has neither ended nor been given up. */
export interface WorkerRow {
  name: string;
  host: string;
  pid: number;
  slots: number;
  state: 'live' | 'draining';
  startedAt: Date;
  /** Seconds since its last heartbeat. */
  silentSeconds: number;
}

/** The workers of all processes, those longest silent first. */
export interface WorkerList {
  count: number;
  /** Of workers that take steps. */
  slots: number;
  /** Longer than allowed. */
  silent: number;
  /** A hundred at most. */
  workers: WorkerRow[];
}

export interface QueueDepth {
  /** Steps that a worker may claim now, 10,000 at most. */
  ready: number;
  /** There are more than are counted. */
  more: boolean;
  /** Of the steps that are counted; null where there are none. */
  oldestReadySeconds: number | null;
}

/** How all processes together stand, at a cost that does not grow with the tables. */
@Injectable()
export class ClusterStore {
  constructor(private readonly database: Database) {}

  async workers(silentMs: number): Promise<WorkerList> {
    const rows = await this.database.dataSource.query<(WorkerRow & Omit<WorkerList, 'workers'>)[]>(
      `select name, host, pid, slots, state, started_at as "startedAt",
              greatest(0, extract(epoch from now() - seen_at))::float8 as "silentSeconds",
              (count(*) over ())::int as count,
              (coalesce(sum(slots) filter (where state = 'live') over (), 0))::int as "allSlots",
              (count(*) filter (where seen_at < now() - $1 * interval '1 ms') over ())::int as silent
       from ${this.database.name('worker')} where state in ('live', 'draining')
       order by seen_at, id limit ${MOST_WORKERS}`,
      [silentMs],
    );
    const [first] = rows as unknown as [({ allSlots: number } & WorkerList) | undefined];
    return {
      count: first?.count ?? 0,
      slots: first?.allSlots ?? 0,
      silent: first?.silent ?? 0,
      workers: rows.map(({ name, host, pid, slots, state, startedAt, silentSeconds }) => ({
        name,
        host,
        pid,
        slots,
        state,
        startedAt,
        silentSeconds,
      })),
    };
  }

  /** Reads one partial index, and of it no more entries than are counted. */
  async queue(): Promise<QueueDepth> {
    const [row] = await this.database.dataSource.query<{ counted: number; oldest: number | null }[]>(
      `select count(*)::int as counted,
              greatest(0, extract(epoch from now() - min(ready_at)))::float8 as oldest
       from (select ready_at from ${this.database.name('step')}
             where ready_at is not null and not held limit ${MOST_COUNTED + 1}) ready`,
    );
    const { counted, oldest } = row!;
    return { ready: Math.min(counted, MOST_COUNTED), more: counted > MOST_COUNTED, oldestReadySeconds: oldest };
  }
}
