import type { Queryable } from './database.js';
import { MIGRATIONS } from './migrations/migrations.js';

/** How the schema stands to this release. */
export interface MigrationState {
  applied: string[];
  /** Of this release, not applied yet. */
  pending: string[];
  /** Applied by a newer release. */
  newer: string[];
}

/** @param table - the qualified name of the table of migrations */
export async function migrationState(db: Queryable, table: string): Promise<MigrationState> {
  const rows = await db.query<{ name: string }[]>(`select name from ${table} order by timestamp`);
  const applied = rows.map(({ name }) => name);
  const known = MIGRATIONS.map(({ name }) => name);
  return {
    applied,
    pending: known.filter((name) => !applied.includes(name)),
    newer: applied.filter((name) => !known.includes(name)),
  };
}
