import './typescript-resolution';
import { migrateDatabase } from '../../src/persistence/migrate.js';
import { withAdmin, TEMPLATE, urlOf } from './database.js';
import { startTestServer, type TestServer } from './test-server.js';

declare global {
  var taskerTestServer: TestServer | undefined;
}

/** Once per Jest run: a server, and in it the migrated database that tests get copies of. */
export default async function globalSetup(): Promise<void> {
  const server = await startTestServer();
  globalThis.taskerTestServer = server;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void server.stop().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143)));
  process.env.TASKER_TEST_ADMIN_URL = server.url;
  try {
    await makeTemplate();
  } catch (error) {
    // Jest runs no teardown after a set-up that failed.
    await server.stop();
    throw error;
  }
}

async function makeTemplate(): Promise<void> {
  await withAdmin(async (admin) => {
    // An earlier run may have left one on a server that is not ours.
    await admin.query(`update pg_database set datistemplate = false where datname = '${TEMPLATE}'`);
    await admin.query(`drop database if exists ${TEMPLATE} with (force)`);
    await admin.query(`create database ${TEMPLATE} template template0 encoding 'UTF8'`);
    await migrateDatabase(urlOf(TEMPLATE));
    // A template that somebody is connected to cannot be copied.
    await admin.query(`alter database ${TEMPLATE} with is_template true allow_connections false`);
  });
}
