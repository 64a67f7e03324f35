import { cloneDatabase } from '../persistence/testing/cloned-database.js';
import { openSchema } from '../persistence/testing/own-schema.js';
import { refuseProduction } from '../persistence/testing/refuse-others.js';
import type { TestDatabase } from '../persistence/testing/test-database.js';
import { startTestServer } from './test-server.js';

export interface TestDatabaseOptions {
  /**
   * A PostgreSQL database of yours, 14 or newer, whose name has `test` in it or which is marked by its comment
   * `tasker test database`. @default one of its own on an embedded server
   */
  databaseUrl?: string;
  /** Schema of Tasker's tables in your database; it stays there. @default a new one, removed at the end */
  schema?: string;
  /** Selects the templates' `environments`; not `production`. @default TASKER_ENV, else NODE_ENV, else 'test' */
  environment?: string;
}

/**
 * A place for the tables of one test module, migrated and empty.
 *
 * @throws NotATestDatabaseError, before anything is written
 */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const { databaseUrl, schema, environment } = options;
  refuseProduction(environment);
  if (databaseUrl !== undefined) return openSchema(databaseUrl, schema);
  if (schema !== undefined)
    throw new TypeError('`schema` goes with `databaseUrl`: an embedded database is new each time.');
  const server = await startTestServer();
  try {
    const database = await cloneDatabase(server.url);
    const drop = async (): Promise<void> => {
      try {
        await database.drop();
      } finally {
        await server.release();
      }
    };
    return { ...database, drop };
  } catch (error) {
    await server.release();
    throw error;
  }
}
