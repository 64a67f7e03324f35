import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { LIMIT } from './load-templates.js';

const LOOK_MS = 200;
const KEPT_MS = 300_000;

/** A step that was completed. */
interface Completion {
  /** When its transaction began, in milliseconds of the wall clock. */
  atMs: number;
  /** Process id of the worker that completed it. */
  pid: number;
}

/** Feels how fast work is done, on a way to the database that no network fault is on. While the database is away, it feels nothing. */
export class Pulse {
  private db: Client | null = null;
  private completions: Completion[] = [];
  private lastNo = 0;
  private beating: Promise<void> = Promise.resolve();
  private stopped = false;
  /** Tasks that have not settled; null while that is unknown. */
  open: number | null = null;
  /** What must never be, and was. */
  readonly problems: string[] = [];

  constructor(private readonly databaseUrl: string) {}

  start(): void {
    this.beating = this.beat();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.beating;
    await this.db?.end().catch(() => undefined);
  }

  /** Steps completed per second. */
  rate(fromMs: number, toMs: number): number {
    return this.between(fromMs, toMs).length / ((toMs - fromMs) / 1000);
  }

  between(fromMs: number, toMs = Infinity): Completion[] {
    return this.completions.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  }

  private async beat(): Promise<void> {
    while (!this.stopped) {
      try {
        await this.look((this.db ??= await this.connect()));
      } catch {
        this.open = null;
        void this.db?.end().catch(() => undefined);
        this.db = null;
      }
      await delay(LOOK_MS);
    }
  }

  private async connect(): Promise<Client> {
    const db = new Client({
      connectionString: this.databaseUrl,
      application_name: 'chaos pulse',
      connectionTimeoutMillis: 2_000,
      query_timeout: 5_000,
    });
    db.on('error', () => undefined);
    await db.connect();
    return db;
  }

  private async look(db: Client): Promise<void> {
    const { rows } = await db.query<{ no: string; pid: number; at: number }>(
      `select x.audit_no as no, w.pid, (extract(epoch from x.at) * 1000)::float8 as at
       from tasker.transition x join tasker.worker w on w.id = x.worker_id
       where x.audit_no > $1 and x.cause = 'succeeded' and x.step_no >= 0`,
      [this.lastNo],
    );
    for (const { no, pid, at } of rows) {
      this.lastNo = Math.max(this.lastNo, Number(no));
      this.completions.push({ atMs: at, pid });
    }
    const oldest = Date.now() - KEPT_MS;
    if ((this.completions[0]?.atMs ?? Infinity) < oldest - KEPT_MS)
      this.completions = this.completions.filter(({ atMs }) => atMs >= oldest);
    const { rows: counts } = await db.query<{ open: number; limited: number }>(
      `select (select count(*)::int from tasker.task where state in ('pending', 'in_progress')) as open,
              (select count(*)::int from tasker.step
               where concurrency_id is not null and state = 'in_progress') as limited`,
    );
    this.open = counts[0]!.open;
    const { limited } = counts[0]!;
    if (limited > LIMIT) this.problems.push(`${limited} steps of "limited" ran at once, of which ${LIMIT} may`);
  }
}
