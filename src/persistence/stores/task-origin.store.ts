import { Injectable } from '@nestjs/common';
import { Database } from '../database.js';

/** Which template each task was created with. */
@Injectable()
export class TaskOriginStore {
  constructor(private readonly database: Database) {}

  /** Ids of templates by those of tasks; tasks that do not exist are missing. */
  async read(taskIds: readonly string[]): Promise<Map<string, number>> {
    const sql = `select id, template_id as "templateId" from ${this.database.name('task')} where id = any ($1::uuid[])`;
    const rows = await this.database.dataSource.query<{ id: string; templateId: number }[]>(sql, [taskIds]);
    return new Map(rows.map(({ id, templateId }) => [id, templateId]));
  }
}
