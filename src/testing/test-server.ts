import { mkdirSync, statSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../persistence/embedded/embedded-postgres.js';
import { answersSignals } from '../persistence/embedded/process-birth.js';
import { RELEASE } from '../persistence/release.js';
import { dropLeftovers } from '../persistence/testing/cloned-database.js';

/** What tests leave on disk is of no use after a crash. */
const SETTINGS = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' };

/** One use of the test server. */
export interface TestServer {
  /** A superuser's address. */
  readonly url: string;
  /** Lets go of the server; the last one to do so stops it. */
  release(): Promise<void>;
}

/**
 * The PostgreSQL that the test kit embeds: one for all test processes of a user and release, in a folder for temporary files.
 * Whoever comes first starts it and the last one stops it. To hold it over a whole run, start it in the runner's global set-up.
 *
 * @throws TaskerError `embedded_database_failed`
 */
export async function startTestServer(): Promise<TestServer> {
  const postgres = await startEmbeddedPostgres({ dataDir: join(home(), 'postgres'), settings: SETTINGS });
  try {
    if (!postgres.adopted) await dropLeftovers(postgres.url, answersSignals);
  } catch (error) {
    await postgres.release();
    throw error;
  }
  return { url: postgres.url, release: () => postgres.release() };
}

/** A folder that is nobody else's. */
function home(): string {
  const { uid, username } = userInfo();
  const folder = join(tmpdir(), `nest-tasker-testing-${username.replace(/\W/g, '_')}`, RELEASE);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const owner = statSync(folder).uid;
  if (uid >= 0 && owner !== uid) throw new Error(`${folder} belongs to user ${owner}: remove it, or set TMPDIR.`);
  return folder;
}
