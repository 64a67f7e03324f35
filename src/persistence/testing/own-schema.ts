import { randomBytes } from 'node:crypto';
import { quoteIdentifier } from '../connection.js';
import { migrateDatabase } from '../migrate.js';
import { NotATestDatabaseError, refuseOthers } from './refuse-others.js';
import { hasVirtualClock, installVirtualClock } from './virtual-clock.js';
import { withClient, type TestDatabase } from './test-database.js';

/**
 * A schema in a test database of somebody else's.
 *
 * @param schema - is left there by `drop`, for the next run; a new one, which is not, if none is given
 * @throws NotATestDatabaseError, before anything is written
 */
export async function openSchema(url: string, schema?: string): Promise<TestDatabase> {
  const name = schema ?? `tasker_test_${randomBytes(6).toString('hex')}`;
  await withClient(url, async (client) => {
    await refuseOthers(client);
    if (await hasVirtualClock(client, name)) return;
    const { rowCount } = await client.query('select from pg_namespace where nspname = $1', [name]);
    if (rowCount !== 0) {
      throw new NotATestDatabaseError(
        `The schema "${name}" is there already, and was not made by the test kit: drop it, name another one, or leave it out.`,
      );
    }
    await installVirtualClock(client, name);
  });
  await migrateDatabase({ url, schema: name });
  const drop = async (): Promise<void> => {
    if (schema !== undefined) return;
    await withClient(url, (client) => client.query(`drop schema if exists ${quoteIdentifier(name)} cascade`));
  };
  return { url, schema: name, drop };
}
