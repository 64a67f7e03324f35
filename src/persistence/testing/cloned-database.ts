import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'pg';
import { functionFiles, migrateDatabase } from '../migrate.js';
import { RELEASE } from '../release.js';
import { clockSql, installVirtualClock } from './virtual-clock.js';
import { withClient, type TestDatabase } from './test-database.js';

const SCHEMA = 'tasker';
const PREFIX = 'tasker_test';
/** Whoever copies the template, or makes it, has the server's templates to itself: PostgreSQL refuses two copies at once. */
const COPY_LOCK = 7_465_738;

/**
 * A database of its own on a server of ours: a copy of one that was migrated once.
 *
 * @param serverUrl - of a superuser
 */
export async function cloneDatabase(serverUrl: string): Promise<TestDatabase> {
  const name = `${PREFIX}_${process.pid}_${randomBytes(4).toString('hex')}`;
  await withClient(serverUrl, async (admin) => {
    await admin.query('select pg_advisory_lock($1)', [COPY_LOCK]);
    const template = await templateDatabase(admin, serverUrl);
    await admin.query(`create database ${name} template ${template}`);
  });
  const drop = async (): Promise<void> => {
    await withClient(serverUrl, (admin) => admin.query(`drop database if exists ${name} with (force)`));
  };
  return { url: urlOf(serverUrl, name), schema: SCHEMA, drop };
}

/** Removes what processes that are dead by now have left on a server, and the templates of other releases. */
export async function dropLeftovers(serverUrl: string, isAlive: (pid: number) => boolean): Promise<void> {
  await withClient(serverUrl, async (admin) => {
    await admin.query('select pg_advisory_lock($1)', [COPY_LOCK]);
    const { rows } = await admin.query<{ name: string; pid: number | null }>(
      `select datname as name, substring(datname from '^${PREFIX}_(\\d+)_')::int as pid from pg_database
       where datname ~ '^${PREFIX}_(\\d+|template)_' and datname <> $1`,
      [templateName()],
    );
    for (const { name, pid } of rows) {
      if (pid !== null && isAlive(pid)) continue;
      if (pid === null) await admin.query(`alter database ${name} with is_template false`);
      await admin.query(`drop database if exists ${name} with (force)`);
    }
  });
}

/** The migrated database of this release; made where it is missing, or was left half made. */
async function templateDatabase(admin: Client, serverUrl: string): Promise<string> {
  const name = templateName();
  const { rows } = await admin.query<{ ready: boolean }>(
    'select datistemplate as ready from pg_database where datname = $1',
    [name],
  );
  if (rows[0]?.ready) return name;
  await admin.query(`drop database if exists ${name} with (force)`);
  await admin.query(`create database ${name} template template0 encoding 'UTF8'`);
  const url = urlOf(serverUrl, name);
  await withClient(url, (db) => installVirtualClock(db, SCHEMA));
  await migrateDatabase({ url, schema: SCHEMA });
  // nobody is connected to a template, or it could not be copied
  await admin.query(`alter database ${name} with is_template true allow_connections false`);
  return name;
}

/** Tells by its name what is in it. */
function templateName(): string {
  const folder = join(__dirname, '..', 'migrations');
  const migrations = readdirSync(folder).filter((file) => /(?<!\.d)\.[jt]s$/.test(file));
  const texts = migrations.sort().map((file) => readFileSync(join(folder, file), 'utf8'));
  const parts = [RELEASE, clockSql(SCHEMA), functionFiles().hash, ...texts];
  return `${PREFIX}_template_${createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16)}`;
}

function urlOf(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}
