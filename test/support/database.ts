import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, DatabaseError } from 'pg';

/** The migrated database that `createTestDatabase` copies. */
export const TEMPLATE = 'tasker_template';

const COPY_LOCK = 7_465_737;
const COPY_ATTEMPTS = 50;
const RETRY_MS = 50;

/** A database that one test file has to itself. */
export interface TestDatabase {
  url: string;
  /** Removes it, together with the connections that are open. */
  drop: () => Promise<void>;
}

/** A new database with Tasker's schema and no rows. */
export const createTestDatabase = (): Promise<TestDatabase> => createFrom(TEMPLATE);

/** A new database with nothing in it. */
export const emptyTestDatabase = (): Promise<TestDatabase> => createFrom('template0');

/** The address of another database on the test server. */
export function urlOf(database: string): string {
  const url = new URL(adminUrl());
  url.pathname = `/${database}`;
  return url.href;
}

/** Runs something as superuser, on a connection of its own. */
export async function withAdmin<T>(work: (admin: Client) => Promise<T>): Promise<T> {
  const admin = new Client({ connectionString: adminUrl() });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

async function createFrom(template: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await withAdmin(async (admin) => {
    // Two copies of one template at once can be in each other's way; Jest runs several workers.
    await admin.query('select pg_advisory_lock($1)', [COPY_LOCK]);
    await copyDatabase(admin, template, name);
  });
  const drop = async () => {
    await withAdmin((admin) => admin.query(`drop database if exists ${name} with (force)`));
  };
  return { url: urlOf(name), drop };
}

async function copyDatabase(admin: Client, template: string, name: string): Promise<void> {
  const { rows } = await admin.query<{ server_version_num: string }>('show server_version_num');
  // By files instead of by its log: a third of the time, and there is nothing here to recover.
  const strategy = Number(rows[0]!.server_version_num) >= 150_000 ? 'strategy file_copy' : '';
  for (let attempt = 1; ; attempt += 1) {
    try {
      await admin.query(`create database ${name} template ${template} encoding 'UTF8' ${strategy}`);
      return;
    } catch (error) {
      const inUse = error instanceof DatabaseError && error.code === '55006';
      if (!inUse || attempt === COPY_ATTEMPTS) throw error;
      await delay(RETRY_MS);
    }
  }
}

function adminUrl(): string {
  const url = process.env.TASKER_TEST_ADMIN_URL;
  if (!url) throw new Error('TASKER_TEST_ADMIN_URL is not set: run this through Jest, whose set-up starts the server');
  return url;
}
