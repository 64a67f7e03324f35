import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { embeddedFailure } from './embedded-failure.js';
import { platformPackage, runnablePackage } from './platform-package.js';
import type { ServerAccount } from './server-account.js';

const OLDEST_MAJOR = 14;
const EXE = process.platform === 'win32' ? '.exe' : '';

/** A PostgreSQL that was seen to run on this machine. */
export interface ServerBinaries {
  /** Folder of `postgres`, `initdb` and `pg_ctl`. */
  folder: string;
  /** As it calls itself, e.g. `18.4`. */
  version: string;
  major: number;
}

/** Where to look for binaries. */
export interface BinarySources {
  /** Folder `native` of the npm package, null if it is not installed. */
  native: string | null;
  /** Folders of installed PostgreSQLs, best first. */
  folders: readonly string[];
}

/** The path of one of the programs, e.g. `initdb`. */
export const program = (binaries: ServerBinaries, name: string): string => join(binaries.folder, name + EXE);

/**
 * The first PostgreSQL that runs here under the account: that of the npm package, else one of the system.
 *
 * @param account - null for ourselves
 * @param major - the only major version that will do, because a cluster was made by it; null for any from 14
 */
export function findBinaries(
  account: ServerAccount | null,
  major: number | null,
  sources: BinarySources = { native: platformPackage(), folders: systemFolders() },
): ServerBinaries {
  const refusals: string[] = [];
  for (const folderOf of candidates(account, sources)) {
    try {
      const found = inspect(folderOf(), account);
      if (major === null ? found.major >= OLDEST_MAJOR : found.major === major) return found;
      refusals.push(`${found.folder} is PostgreSQL ${found.version}`);
    } catch (error) {
      refusals.push((error as Error).message);
    }
  }
  const tried = refusals.length > 0 ? refusals.map((line) => `  ${line}`).join('\n') : '  none is installed';
  throw embeddedFailure(
    major === null
      ? `no PostgreSQL ${OLDEST_MAJOR} or later runs on ${process.platform}-${process.arch}:\n${tried}\nReinstall with optional dependencies (npm install --include=optional), or install PostgreSQL.`
      : `the cluster was made by PostgreSQL ${major}, which is not here:\n${tried}\nInstall PostgreSQL ${major}, or move the cluster away to begin with an empty one.`,
  );
}

/** Folders on PATH and at the usual places that hold a whole server, newest version first among the latter. */
export function systemFolders(path = process.env.PATH ?? ''): string[] {
  const usual = ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt', '/usr'].flatMap(versionsUnder);
  const folders = [...path.split(delimiter).filter(Boolean), ...usual];
  return folders.filter((folder) => ['postgres', 'initdb'].every((name) => existsSync(join(folder, name + EXE))));
}

function versionsUnder(parent: string): string[] {
  if (!existsSync(parent)) return [];
  return readdirSync(parent)
    .map((name) => ({ name, version: Number(/^(?:postgresql@|pgsql-)?(\d+)$/.exec(name)?.[1]) }))
    .filter(({ version }) => version >= OLDEST_MAJOR)
    .sort((one, other) => other.version - one.version)
    .map(({ name }) => join(parent, name, 'bin'));
}

/** Lazily, because the package may have to be copied first. */
function candidates(account: ServerAccount | null, { native, folders }: BinarySources): (() => string)[] {
  const installed = folders.map((folder) => () => folder);
  return native ? [() => join(runnablePackage(native, account), 'bin'), ...installed] : installed;
}

/** Runs both programs, because each needs libraries that the other does not. */
function inspect(folder: string, account: ServerAccount | null): ServerBinaries {
  const [version = ''] = ['postgres', 'initdb'].map((name) => {
    const file = join(folder, name + EXE);
    const { status, stdout, stderr, error } = spawnSync(file, ['--version'], {
      ...account,
      cwd: '/',
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${file} does not run: ${error?.message ?? stderr.trim()}`);
    return /\) (\S+)/.exec(stdout)?.[1] ?? '';
  });
  return { folder, version, major: Number.parseInt(version, 10) };
}
