import { chmodSync, chownSync, existsSync, lchownSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { embeddedFailure } from './embedded-failure.js';
import { canReach, isRoot, type ServerAccount } from './server-account.js';

/** The one login of a cluster. */
export const SUPERUSER = 'tasker';
export const PASSWORD_FILE = 'tasker.password';

/** Where everything about one cluster lies; removing `home` removes it all. */
export interface Cluster {
  home: string;
  /** What PostgreSQL calls the data directory. It exists whole or not at all. */
  data: string;
  /** Kept with the data, so that neither is ever there without the other. */
  passwordFile: string;
  log: string;
  lock: string;
  /** Records of the processes that use the server. */
  users: string;
}

/** Opens the folder of a cluster, making it if there is none. */
export function openCluster(dataDir: string): Cluster {
  const home = resolve(dataDir);
  const data = join(home, 'data');
  const users = join(home, 'users');
  mkdirSync(home, { recursive: true });
  if (!existsSync(users)) {
    mkdirSync(users, { recursive: true });
    shareWithOwnerOf(home, users);
  }
  return {
    home,
    data,
    passwordFile: join(data, PASSWORD_FILE),
    log: join(home, 'server.log'),
    lock: join(home, 'lock'),
    users,
  };
}

/** Root may pass by in a folder of somebody else, who must still be able to write what it leaves there. */
export function shareWithOwnerOf(home: string, path: string): void {
  const { uid, gid } = statSync(home);
  if (isRoot() && uid !== 0) chownSync(path, uid, gid);
}

/** User id that owns the data; null if there is none yet. */
export const clusterOwner = ({ data }: Cluster): number | null =>
  statSync(data, { throwIfNoEntry: false })?.uid ?? null;

/** Major version of PostgreSQL that made the data; null if there is none yet. */
export function clusterMajor({ data }: Cluster): number | null {
  const file = join(data, 'PG_VERSION');
  if (existsSync(file)) return Number.parseInt(readFileSync(file, 'utf8'), 10);
  if (existsSync(data) && readdirSync(data).length > 0)
    throw embeddedFailure(`${data} is not empty and no cluster either (it has no PG_VERSION): move it away`);
  return null;
}

/** The password of the superuser. */
export function readPassword({ passwordFile }: Cluster): string {
  try {
    return readFileSync(passwordFile, 'utf8').trim();
  } catch (error) {
    throw embeddedFailure(`the password of the cluster cannot be read: ${(error as Error).message}`, error);
  }
}

/**
 * How a server names its data folder, as seen by one that was started in it. A folder that the account cannot reach
 * from the root (a project under /root) is named by way of the working directory, which needs no way from the root.
 */
export function dataDirectoryFor(account: ServerAccount | null, data: string): string {
  if (!account || canReach(account, data)) return data;
  if (process.platform === 'linux') return '/proc/self/cwd';
  throw embeddedFailure(`user id ${account.uid}, which runs the server, cannot reach ${data}: choose another folder`);
}

/** Only what a server needs: no setting of libpq, no secret of ours. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'LD_LIBRARY_PATH', 'SystemRoot', 'TEMP', 'TMP'];
  const entries = kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]));
  return { ...(Object.fromEntries(entries) as NodeJS.ProcessEnv), LC_ALL: 'C', TZ: 'UTC' };
}

/** Gives data that root was made owner of, as by a copy, to the account that shall run it. */
export function giveTo({ uid, gid }: ServerAccount, path: string): void {
  lchownSync(path, uid, gid);
  for (const entry of readdirSync(path, { withFileTypes: true, recursive: true }))
    lchownSync(join(entry.parentPath, entry.name), uid, gid);
}

/** A folder that was copied or restored may have lost its mode: PostgreSQL refuses data that others could read. */
export function closeToOthers({ data }: Cluster): void {
  if (process.platform !== 'win32' && (statSync(data).mode & 0o027) !== 0) chmodSync(data, 0o700);
}
