import type { Database } from '../database.js';

/** What an application that runs knows by heart: its rows stay. */
const KEPT = [
  'api_key',
  'concurrency',
  'handler',
  'installed',
  'migration',
  'subscription',
  'template',
  'template_edge',
  'template_step',
  'virtual_clock',
  'worker',
];
const DEADLOCK_ATTEMPTS = 20;

/**
 * Empties the tables of Tasker's own schema of tasks and all that belongs to them. Tables of other schemas are not touched.
 *
 * @returns the names of the tables
 */
export async function emptyTables(database: Database): Promise<string[]> {
  const { dataSource, location } = database;
  const rows = await dataSource.query<{ table_name: string }[]>(
    `select c.relname as table_name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relkind in ('r', 'p') and not c.relispartition and c.relname <> all ($2)
     order by 1`,
    [location.schema, KEPT],
  );
  const tables = rows.map(({ table_name }) => table_name);
  // of the few rows of a test quicker than `truncate`, and no statement of a worker waits for it; steps come before tasks
  const sql = tables.map((table) => `delete from ${database.name(table)};`).join('\n');
  for (let attempt = 1; ; attempt++) {
    try {
      await dataSource.query(sql);
      return tables;
    } catch (error) {
      if ((error as { code?: unknown }).code !== '40P01' || attempt === DEADLOCK_ATTEMPTS) throw error;
    }
  }
}
