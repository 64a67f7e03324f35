import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { compare } from 'semver';
import { DataSource, MigrationExecutor, type QueryRunner } from 'typeorm';
import { TaskerError } from '../core/errors.js';
import { connectionOptions, quoteIdentifier, type DatabaseLocation } from './connection.js';
import { migrationState } from './migration-state.js';
import { MIGRATIONS } from './migrations/migrations.js';
import { reach } from './reach.js';
import { RELEASE } from './release.js';

/**
 * Brings the schema up to this release: pending migrations, then all functions, in one transaction under a lock,
 * so that processes may start together.
 *
 * @throws TaskerError `database_newer` if a newer release has migrated the database
 */
export async function migrateDatabase(location: DatabaseLocation | string): Promise<void> {
  const { url, schema } = typeof location === 'string' ? { url: location, schema: 'tasker' } : location;
  const dataSource = new DataSource({
    ...connectionOptions({ url, schema, poolSize: 2 }),
    migrations: MIGRATIONS,
    migrationsTableName: 'migration',
  });
  await reach(dataSource, url);
  const db = dataSource.createQueryRunner();
  try {
    await db.startTransaction();
    await db.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`${schema}.migrate`]);
    await db.query(`create schema if not exists ${quoteIdentifier(schema)}`);
    await db.query(`set local search_path to ${await searchPath(db, schema)}`);
    await refuseNewer(db, schema);
    const executor = new MigrationExecutor(dataSource, db);
    executor.transaction = 'none';
    await executor.executePendingMigrations();
    await installFunctions(db);
    await db.query('select create_partitions()');
    await db.commitTransaction();
  } catch (error) {
    await db.rollbackTransaction().catch(() => undefined);
    throw error;
  } finally {
    await db.release();
    await dataSource.destroy();
  }
}

/** Tests may give a schema a clock of its own, `now()`: there it is found before PostgreSQL's. */
async function searchPath(db: QueryRunner, schema: string): Promise<string> {
  const name = quoteIdentifier(schema);
  const [row] = (await db.query('select to_regprocedure($1) as clock', [`${name}.now()`])) as {
    clock: string | null;
  }[];
  return row!.clock === null ? name : `${name}, pg_catalog`;
}

async function refuseNewer(db: QueryRunner, schema: string): Promise<void> {
  const rows = (await db.query(`select to_regclass('migration') as found`)) as { found: string | null }[];
  if (rows[0]!.found === null) return;
  const { newer } = await migrationState(db, 'migration');
  if (newer.length === 0) return;
  throw new TaskerError(
    'database_newer',
    `The schema "${schema}" was migrated by a newer release than this one (${RELEASE}): it has ${newer.join(', ')}. ` +
      `Deploy that release, or point DATABASE_URL or TASKER_SCHEMA at another database or schema.`,
  );
}

/** Functions are replaced whole, and only by the same or a newer release. */
async function installFunctions(db: QueryRunner): Promise<void> {
  const { names, texts, hash } = functionFiles();
  const [installed] = (await db.query('select version, functions_hash from installed')) as {
    version: string;
    functions_hash: string;
  }[];
  if (installed && (installed.functions_hash === hash || compare(installed.version, RELEASE) > 0)) return;
  // A function may name another that comes later in the alphabet.
  await db.query('set local check_function_bodies = off');
  await dropFunctions(db, names);
  for (const text of texts) await db.query(text);
  await db.query(
    `insert into installed (version, functions_hash) values ($1, $2)
     on conflict (only_row) do update set version = excluded.version, functions_hash = excluded.functions_hash`,
    [RELEASE, hash],
  );
}

/** The functions of this release, and what tells them from those of another. */
export function functionFiles(): { names: string[]; texts: string[]; hash: string } {
  const folder = join(__dirname, 'sql', 'functions');
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .map((file) => basename(file, '.sql'))
    .sort();
  const texts = names.map((name) => readFileSync(join(folder, `${name}.sql`), 'utf8'));
  return { names, texts, hash: createHash('sha256').update(texts.join('\n')).digest('hex') };
}

/** A function whose parameters or columns have changed cannot be replaced in place. */
async function dropFunctions(db: QueryRunner, names: string[]): Promise<void> {
  const rows = (await db.query(
    `select p.oid::regprocedure::text as signature from pg_proc p
     where p.pronamespace = quote_ident(current_schema())::regnamespace and p.proname = any($1)`,
    [names],
  )) as { signature: string }[];
  for (const { signature } of rows) await db.query(`drop function ${signature}`);
}
