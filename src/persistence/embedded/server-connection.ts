import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { type Cluster, readPassword, SUPERUSER } from './cluster.js';
import { embeddedFailure } from './embedded-failure.js';

/** The database that Tasker's tables are in. */
const DATABASE = 'tasker';
const CONNECT_MS = 10_000;

/**
 * Makes Tasker's database if the server lacks it.
 *
 * @returns its address, password included
 */
export async function openDatabase(cluster: Cluster, port: number): Promise<string> {
  const password = readPassword(cluster);
  try {
    await withClient(password, port, async (client) => {
      const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE]);
      if (rowCount === 0) await client.query(`create database ${DATABASE}`);
    });
  } catch (error) {
    throw embeddedFailure(
      `the server on port ${port} (${cluster.home}) is up, but: ${(error as Error).message}`,
      error,
    );
  }
  return `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${DATABASE}`;
}

/** Whether the server on a port works on this very cluster, not on a copy: it must see a file put there just now. */
export async function answersFor(cluster: Cluster, port: number): Promise<boolean> {
  const proof = `tasker.proof-${randomUUID()}`;
  const file = join(cluster.data, proof);
  writeFileSync(file, '');
  try {
    return await withClient(readPassword(cluster), port, async (client) => {
      const { rows } = await client.query<{ seen: boolean }>(
        'select (pg_stat_file($1, true)).size is not null as seen',
        [proof],
      );
      return rows[0]?.seen === true;
    });
  } catch {
    return false;
  } finally {
    rmSync(file, { force: true });
  }
}

async function withClient<T>(password: string, port: number, work: (client: Client) => Promise<T>): Promise<T> {
  const login = { user: SUPERUSER, password, database: 'postgres', host: '127.0.0.1', port };
  const client = new Client({ ...login, ssl: false, connectionTimeoutMillis: CONNECT_MS });
  // A connection that breaks also says so as an event, which ends the process if nobody listens.
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
