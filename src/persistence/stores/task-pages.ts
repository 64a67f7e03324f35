import { TaskerError } from '../../core/errors.js';
import type { Database } from '../database.js';
import { asksForTraits, filterSql, templatesSql, type TaskFilter } from './task-filter.js';

/** How long PostgreSQL may look for a page. */
const LIST_MS = 5000;
/** How long tasks may go without being summarized. */
const SUMMARY_MS = 60_000;
const QUERY_CANCELED = '57014';

/** Pages of lists of tasks, which stay quick however many tasks there are, or say that they cannot be. */
export class TaskPages<Row> {
  private summarizedAt = -Infinity;

  constructor(
    private readonly database: Database,
    private readonly sql: (where: string, orderBy: string, limit: number) => string,
  ) {}

  /**
   * The first `limit` tasks of a filter.
   *
   * @throws TaskerError `list_timeout` if it takes longer than {@link LIST_MS} to find them
   */
  async read(filter: TaskFilter, limit: number): Promise<Row[]> {
    const templates = await this.templatesOf(filter);
    if (templates?.length === 0) return [];
    if (asksForTraits(filter, templates)) await this.summarize();
    const names = { firstIdAt: this.name('first_id_at'), template: this.name('template'), state: this.name('state') };
    const rows: Row[] = [];
    for (const { where, orderBy, parameters } of filterSql(filter, templates, names)) {
      const sql = this.sql(where, orderBy, limit - rows.length);
      rows.push(
        ...(where === '' ? await this.database.dataSource.query<Row[]>(sql) : await this.bounded(sql, parameters)),
      );
      if (rows.length === limit) break;
    }
    return rows;
  }

  private async templatesOf(filter: TaskFilter): Promise<number[] | null> {
    const named = templatesSql(filter, this.name('template'));
    if (named === null) return null;
    const rows = await this.database.dataSource.query<{ id: number }[]>(named.sql, named.parameters);
    return rows.map(({ id }) => id);
  }

  private async summarize(): Promise<void> {
    if (performance.now() < this.summarizedAt + SUMMARY_MS) return;
    this.summarizedAt = performance.now();
    await this.database.call('summarize_tasks', []);
  }

  /** What no index narrows down, such as a value in the context, must not keep a connection for as long as the table is large. */
  private async bounded(sql: string, parameters: unknown[]): Promise<Row[]> {
    try {
      return await this.database.dataSource.transaction(async (db) => {
        await db.query(`set local statement_timeout = ${LIST_MS}`);
        return db.query<Row[]>(sql, parameters);
      });
    } catch (error) {
      if ((error as { code?: unknown }).code !== QUERY_CANCELED) throw error;
      throw new TaskerError(
        'list_timeout',
        `No page of these tasks was found within ${LIST_MS / 1000} s. Narrow the filter, by name, created_after, tag or status, and ask again.`,
        [],
        { cause: error },
      );
    }
  }

  private name(name: string): string {
    return this.database.name(name);
  }
}
