import type { Client } from 'pg';
import { quoteIdentifier } from '../connection.js';

/**
 * Gives a schema that is still empty a clock of its own: PostgreSQL's, moved on by what a test has let pass. Functions and
 * column defaults that `migrateDatabase` installs afterwards go by it, as do statements on a connection to `clockedUrl`.
 */
export async function installVirtualClock(db: Client, schema: string): Promise<void> {
  await db.query(clockSql(quoteIdentifier(schema)));
}

/** Also what tells one version of the clock from another. */
export const clockSql = (schema: string): string => `
  create schema if not exists ${schema};

  create table ${schema}.virtual_clock (
    only_row  boolean primary key default true check (only_row),
    shift     interval not null default '0'
  );
  insert into ${schema}.virtual_clock default values;

  create function ${schema}.now() returns timestamptz
  language sql stable parallel safe
  return pg_catalog.now() + (select c.shift from ${schema}.virtual_clock c);

  create function ${schema}.clock_timestamp() returns timestamptz
  language sql volatile parallel safe
  return pg_catalog.clock_timestamp() + (select c.shift from ${schema}.virtual_clock c);
`;

/** Whether a schema has a clock of its own. */
export async function hasVirtualClock(db: Client, schema: string): Promise<boolean> {
  const { rows } = await db.query<{ clock: string | null }>('select to_regclass($1) as clock', [
    `${quoteIdentifier(schema)}.virtual_clock`,
  ]);
  return rows[0]!.clock !== null;
}

/** The address for connections on which `now()` is the schema's own. */
export function clockedUrl(url: string, schema: string): string {
  const clocked = new URL(url);
  const path = `"$user",public,${quoteIdentifier(schema)},pg_catalog`;
  // blanks and backslashes separate and escape there
  const setting = `-c search_path=${path.replace(/[\\ ]/g, '\\$&')}`;
  const others = clocked.searchParams.get('options');
  clocked.searchParams.set('options', others ? `${others} ${setting}` : setting);
  return clocked.href;
}
