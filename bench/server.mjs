import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pg, tasker } from './package-under-test.mjs';

/** As in the table of peers; commits are durable: fsync and synchronous_commit are on. */
const SETTINGS = { shared_buffers: '1GB', max_wal_size: '4GB', fsync: 'on', synchronous_commit: 'on' };

/** @typedef {{ name: string, url: string, drop(): Promise<void> }} Database */

/**
 * @typedef {object} Server
 * @property {string} version
 * @property {number | null} pid - of the postmaster, where its processor time can be read
 * @property {Record<string, string>} settings
 * @property {(template?: string) => Promise<Database>} createDatabase - `template`: the name of one to copy
 * @property {() => Promise<void>} stop
 */

/**
 * A server of our own in a temporary folder, or the one that BENCH_DATABASE_URL names.
 *
 * @param {Record<string, string>} extra - settings of our own server
 * @returns {Promise<Server>}
 */
export async function startServer(extra) {
  const given = process.env.BENCH_DATABASE_URL;
  const folder = given ? null : mkdtempSync(join(tmpdir(), 'tasker-bench-'));
  const own = folder
    ? await tasker.startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), settings: { ...SETTINGS, ...extra } })
    : null;
  const url = given ?? own.url;
  const [facts] = await query(
    url,
    `select split_part(version(), ' ', 2) as version, (select json_object_agg(name, current_setting(name))
     from unnest(array['fsync', 'synchronous_commit', 'shared_buffers', 'max_wal_size', 'wal_sync_method']) name) as settings`,
  );
  let databases = 0;
  return {
    ...facts,
    pid: own?.pid ?? null,
    createDatabase: (template) => createDatabase(url, `tasker_bench_${process.pid}_${databases++}`, template),
    stop: async () => {
      await own?.release();
      if (folder) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** @param {string} server @param {string} name @param {string} [template] @returns {Promise<Database>} */
async function createDatabase(server, name, template) {
  // File by file: a large one would otherwise go through the log.
  await query(server, `create database ${name} ${template ? `template ${template} strategy file_copy` : ''}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    name,
    url: url.href,
    drop: async () => void (await query(server, `drop database if exists ${name} with (force)`)),
  };
}

/** @param {string} url @param {string} text @returns {Promise<any[]>} */
export async function query(url, text) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
