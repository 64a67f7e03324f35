import { Injectable } from '@nestjs/common';
import { Database } from '../database.js';

/** What each task was created with. */
@Injectable()
export class TaskOriginStore {
  constructor(private readonly database: Database) {}

  /** Ids of templates by those of tasks; tasks that do not exist are missing. */
  async read(taskIds: readonly string[]): Promise<Map<string, number>> {
    const sql = `select id, template_id as "templateId" from ${this.database.name('task')} where id = any ($1::uuid[])`;
    const rows = await this.database.dataSource.query<{ id: string; templateId: number }[]>(sql, [taskIds]);
    return new Map(rows.map(({ id, templateId }) => [id, templateId]));
  }

  /** W3C trace contexts by ids of tasks; null for those that were created without; tasks that do not exist are missing. */
  async traceparents(taskIds: readonly string[]): Promise<Map<string, string | null>> {
    const sql = `select id, traceparent from ${this.database.name('task')} where id = any ($1::uuid[])`;
    const rows = await this.database.dataSource.query<{ id: string; traceparent: string | null }[]>(sql, [taskIds]);
    return new Map(rows.map(({ id, traceparent }) => [id, traceparent]));
  }
}
