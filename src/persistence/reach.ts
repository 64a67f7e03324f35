import type { DataSource } from 'typeorm';
import { TaskerError } from '../core/errors.js';

const OLDEST_SERVER = 140_000;

/**
 * Connects, and says in one message what is wrong where that fails.
 *
 * @throws TaskerError `database_unavailable`; the message names host and database, never the password
 */
export async function reach(dataSource: DataSource, url: string): Promise<void> {
  try {
    await dataSource.initialize();
  } catch (cause) {
    throw new TaskerError(
      'database_unavailable',
      `Cannot connect to PostgreSQL at ${describe(url)}: ${reason(cause)}. Check DATABASE_URL, and that the server runs.`,
      [],
      { cause },
    );
  }
  const rows: { version: number }[] = await dataSource.query(
    `select current_setting('server_version_num')::int as version`,
  );
  const version = rows[0]!.version;
  if (version >= OLDEST_SERVER) return;
  await dataSource.destroy();
  throw new TaskerError(
    'database_unavailable',
    `PostgreSQL at ${describe(url)} is version ${Math.floor(version / 10_000)}; Tasker needs 14 or newer.`,
  );
}

function describe(url: string): string {
  try {
    const { host, pathname } = new URL(url);
    return `${host}${pathname}`;
  } catch {
    return 'the given url (which cannot be read)';
  }
}

/** Node says several addresses' errors as one without a message. */
function reason(cause: unknown): string {
  const { message, code, errors } = cause as { message?: string; code?: string; errors?: Error[] };
  return message || errors?.map((error) => error.message).join(', ') || code || String(cause);
}
