import type { Database } from '../database.js';

/** For how long one answer serves all who ask. */
const FRESH_MS = 1000;

/** How much work waits for a worker: asked once a second at most, however many ask. */
export class Backlog {
  private asked: Promise<boolean> | null = null;
  private askedAt = -Infinity;

  constructor(
    private readonly database: Database,
    private readonly most: number,
  ) {}

  /** Whether more steps than the most are ready. Reads one index, and of it no more entries than that. */
  isPassed(): Promise<boolean> {
    if (this.asked === null || performance.now() > this.askedAt + FRESH_MS) {
      this.askedAt = performance.now();
      this.asked = this.ask();
      this.asked.catch(() => (this.asked = null));
    }
    return this.asked;
  }

  private async ask(): Promise<boolean> {
    const sql = `select from ${this.database.name('step')} where ready_at is not null and not held offset $1 limit 1`;
    const rows = await this.database.dataSource.query<unknown[]>(sql, [this.most]);
    return rows.length > 0;
  }
}
