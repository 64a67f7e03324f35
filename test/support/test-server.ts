import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/persistence/embedded/embedded-postgres.js';

/** The PostgreSQL of one Jest run. */
export interface TestServer {
  /** A superuser's address. */
  url: string;
  stop(): Promise<void>;
}

/** The server of `TASKER_TEST_DATABASE_URL` if that is set, else a new one in a temporary folder. */
export async function startTestServer(): Promise<TestServer> {
  const given = process.env.TASKER_TEST_DATABASE_URL;
  if (given) return { url: given, stop: async () => {} };
  const folder = mkdtempSync(join(tmpdir(), 'tasker-jest-'));
  // What a test run leaves on disk is of no use after a crash.
  const settings = { fsync: 'off', full_page_writes: 'off', autovacuum_naptime: '10s' };
  let postgres: EmbeddedPostgres | undefined;
  const stop = async () => {
    try {
      await postgres?.release();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
  try {
    postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), settings });
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: postgres.url, stop };
}
