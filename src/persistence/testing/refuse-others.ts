import type { Client } from 'pg';

/** What the comment of a database must hold for it to be a test database whose name does not say so. */
export const TEST_DATABASE_MARK = 'tasker test database';

/** What was pointed at is no test database, or this is no place for tests. Nothing has been written. */
export class NotATestDatabaseError extends Error {
  readonly code = 'not_a_test_database';

  constructor(message: string) {
    super(message);
    this.name = 'NotATestDatabaseError';
  }
}

/** @throws NotATestDatabaseError in production */
export function refuseProduction(environment: string | undefined, env: NodeJS.ProcessEnv = process.env): void {
  const found = [
    ['environment', environment],
    ['TASKER_ENV', env.TASKER_ENV],
    ['NODE_ENV', env.NODE_ENV],
  ].find(([, value]) => value?.toLowerCase() === 'production');
  if (!found) return;
  throw new NotATestDatabaseError(
    `${found[0]} is "${found[1]}": the test kit writes to its database and empties it, and does not run in production.`,
  );
}

/**
 * Lets a database pass whose name says that it is for tests, or that is marked as one.
 *
 * @throws NotATestDatabaseError
 */
export async function refuseOthers(client: Client): Promise<void> {
  const { rows } = await client.query<{ name: string; comment: string | null }>(
    `select d.datname as name, shobj_description(d.oid, 'pg_database') as comment
     from pg_database d where d.datname = current_database()`,
  );
  const { name, comment } = rows[0]!;
  if (/test/i.test(name) || comment?.toLowerCase().includes(TEST_DATABASE_MARK)) return;
  throw new NotATestDatabaseError(
    `"${name}" does not look like a test database: its name has no "test" in it. Use one whose name has, leave databaseUrl ` +
      `out for an embedded one, or mark this one: comment on database "${name}" is '${TEST_DATABASE_MARK}'.`,
  );
}
