import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { TaskerError } from '../../core/errors.js';

const OWN_DATABASE = 'Or set DATABASE_URL to use a PostgreSQL of your own.';

/** Causes that PostgreSQL and the system name in their own words, and what mends them. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [/No space left on device|ENOSPC|Disk quota exceeded|EDQUOT/i, 'Free space on that disk, then start again.'],
  [/could not look up effective user ID/, 'Give this user id an entry in /etc/passwd.'],
  [/Cannot allocate memory|could not map anonymous shared memory/, 'Lower `shared_buffers` in the settings.'],
  [/EACCES|EPERM|Permission denied|Operation not permitted/i, 'Let this user write there, or choose another folder.'],
  [/EROFS|Read-only file system/i, 'Choose a folder on a disk that can be written.'],
];

/** The error of the embedded database, with the remedy that fits the cause and the way round it. */
export function embeddedFailure(what: string, cause?: unknown): TaskerError {
  const remedy = REMEDIES.find(([pattern]) => pattern.test(what))?.[1];
  const lines = [`Embedded PostgreSQL: ${what.trimEnd()}`, ...(remedy ? [remedy] : []), OWN_DATABASE];
  return new TaskerError('embedded_database_failed', lines.join('\n'), [], { cause });
}

/** The last lines that a log has gained since it was `from` bytes long; the empty text if it cannot be read. */
export function tailOf(file: string, from = 0, lines = 15): string {
  let handle: number | undefined;
  try {
    handle = openSync(file, 'r');
    const size = fstatSync(handle).size;
    const start = Math.max(from, size - 16_384);
    const bytes = Buffer.alloc(Math.max(0, size - start));
    readSync(handle, bytes, 0, bytes.length, start);
    return bytes.toString('utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}
