import type { Database } from '../database.js';
import type { AttemptKey } from '../stores/attempts.js';

/** What keeps the time from being moved on to the next thing that is due, and when that is. */
export interface Outlook {
  /** Attempts run. */
  running: boolean;
  /** Steps could be claimed, or something is due that nobody has looked at yet. */
  claimable: boolean;
  /** Milliseconds until something is due that is not yet; null if nothing will ever be. */
  nextInMs: number | null;
}

/** Columns that say until when a process was heard of: they move with the time, or it would look dead. */
const SIGNS_OF_LIFE: Record<string, readonly string[]> = {
  worker: ['seen_at', 'blocked_since', 'stopped_at'],
  subscription: ['leased_until'],
};

/** Reads and moves the clock of a schema that has one of its own: see `installVirtualClock`. */
export class PassingTime {
  constructor(private readonly database: Database) {}

  /** @returns how far the schema's clock is ahead of the machine's now, in milliseconds */
  moveOn(ms: number): Promise<number> {
    const name = (table: string): string => this.database.name(table);
    return this.database.dataSource.transaction(async (db) => {
      const by = [`${Math.round(ms)} ms`];
      const moved = await this.signsOfLife();
      // nobody says that it lives, or is found dead, by one clock and then by the other
      if (moved.size > 0)
        await db.query(`lock table ${[...moved.keys()].map(name).join(', ')} in access exclusive mode`);
      await db.query(`update ${name('virtual_clock')} set shift = shift + $1::interval`, by);
      for (const [table, columns] of moved) {
        const later = columns.map((column) => `${column} = ${column} + $1::interval`).join(', ');
        await db.query(`update ${name(table)} set ${later}`, by);
      }
      return this.shiftMs(db);
    });
  }

  async shiftMs(db: Pick<Database['dataSource'], 'query'> = this.database.dataSource): Promise<number> {
    const sql = `select (extract(epoch from shift) * 1000)::float8 as ms from ${this.database.name('virtual_clock')}`;
    const [row] = await db.query<{ ms: number }[]>(sql);
    return row!.ms;
  }

  /**
   * @param handlerIds - what the workers can run
   * @param idle - running attempts that only wait for the time to pass
   */
  async outlook(handlerIds: readonly number[], idle: readonly AttemptKey[]): Promise<Outlook> {
    const [step, task] = [this.database.name('step'), this.database.name('task')];
    const waitsForCircuit = `s.handler_id = any (${this.database.name('blocked_handlers')}())`;
    const sql = `
      select
        exists (
          select from ${task} t join ${step} s on s.task_id = t.id
          where t.state = 'in_progress' and s.state = 'in_progress'
            and not exists (
              select from unnest($2::uuid[], $3::int2[]) i (task_id, step_no)
              where i.task_id = s.task_id and i.step_no = s.step_no)
        ) as running,
        exists (
          select from ${step} s
          where not s.held and s.handler_id = any ($1) and (s.ready_at is not null or s.due_at <= now())
            and not ${waitsForCircuit}
        ) or exists (
          -- limited, and about to be admitted: nothing is in its way
          select from ${step} s
          where s.gate <> 'admitted' and not s.held and not ${waitsForCircuit}
            and not exists (select from ${step} a where a.concurrency_id = s.concurrency_id and a.gate = 'admitted')
        ) or exists (select from ${task} t where t.state = 'in_progress' and t.deadline_at < now()
                     and t.paused_at is null) as claimable,
        (extract(epoch from least(
          (select min(s.due_at) from ${step} s where s.due_at > now() and not s.held),
          (select min(t.deadline_at) from ${task} t
           where t.state = 'in_progress' and t.deadline_at >= now() and t.paused_at is null),
          (select min(c.probe_at) from ${this.database.name('circuit')} c
           where c.state = 'open' and c.probe_at > now() and exists (
             select from ${step} s join ${this.database.name('handler')} h on h.id = s.handler_id
             where h.circuit = c.dependent_system and not s.held and (s.ready_at is not null or s.gate <> 'admitted')))
        ) - now()) * 1000)::float8 as "nextInMs"`;
    const keys = [idle.map(({ taskId }) => taskId), idle.map(({ stepNo }) => stepNo)];
    const [row] = await this.database.dataSource.query<Outlook[]>(sql, [handlerIds, ...keys]);
    return row!;
  }

  /** Those of the columns that this release has. */
  private async signsOfLife(): Promise<Map<string, string[]>> {
    const rows = await this.database.dataSource.query<{ table: string; column: string }[]>(
      `select table_name as table, column_name as column from information_schema.columns
       where table_schema = $1 and table_name = any ($2)`,
      [this.database.location.schema, Object.keys(SIGNS_OF_LIFE)],
    );
    const found = new Map<string, string[]>();
    for (const { table, column } of rows) {
      if (SIGNS_OF_LIFE[table]!.includes(column)) found.set(table, [...(found.get(table) ?? []), column]);
    }
    return found;
  }
}
