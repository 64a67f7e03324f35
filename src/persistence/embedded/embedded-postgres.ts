import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { TaskerError } from '../../core/errors.js';
import { closeToOthers, type Cluster, clusterMajor, clusterOwner, giveTo, openCluster } from './cluster.js';
import { embeddedFailure } from './embedded-failure.js';
import { withLock } from './exclusive-lock.js';
import { makeCluster, removeHalfMade } from './make-cluster.js';
import { forgetPostmaster, type Postmaster, readPostmaster, serves, settledPostmaster } from './postmaster.js';
import { serverAccount } from './server-account.js';
import { findBinaries } from './server-binaries.js';
import { answersFor, openDatabase } from './server-connection.js';
import { freePort, startPostmaster, stopPostmaster } from './server-process.js';
import { livingUsers, registerUser, type ServerUser } from './server-users.js';

/** Recovery after a crash reads up to `max_wal_size` of log. */
const START_MS = 120_000;
const STOP_MS = 60_000;
const LOCK_MS = START_MS + STOP_MS;
const RETRY_MS = 50;

export interface EmbeddedPostgresOptions {
  /** Folder of the cluster, e.g. `.tasker/postgres`; made if it is not there. */
  dataDir: string;
  /** Server settings over those by default; an adopted server keeps the ones it was started with. */
  settings?: Record<string, string>;
  /** Told in one line what was done. */
  log?: (line: string) => void;
}

/** One use of a PostgreSQL server of our own. */
export interface EmbeddedPostgres {
  /** Address of the database, password included. */
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  /** The server was running already, because another process uses it or was killed. */
  readonly adopted: boolean;
  /** Of the postmaster. */
  readonly pid: number;
  /** Lets go of the server and stops it if no other process uses it. */
  release(): Promise<void>;
}

/**
 * Starts a PostgreSQL that listens on 127.0.0.1 alone, or adopts the one that is running in that folder. It outlives
 * this process if it is not released.
 *
 * @throws TaskerError `embedded_database_failed`
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  try {
    const cluster = openCluster(options.dataDir);
    serverAccount(clusterOwner(cluster));
    return await withLock(cluster.lock, LOCK_MS, () => use(cluster, options));
  } catch (error) {
    throw asFailure(`cannot start in ${options.dataDir}`, error);
  }
}

async function use(cluster: Cluster, { settings = {}, log = () => {} }: EmbeddedPostgresOptions) {
  const user = registerUser(cluster.users);
  try {
    const deadline = Date.now() + START_MS;
    const running = await runningServer(cluster, deadline);
    const { pid, port } = running ?? (await startServer(cluster, settings, deadline));
    const url = await openDatabase(cluster, port);
    log(`PostgreSQL ${running ? 'was running' : 'started'} on 127.0.0.1:${port}, data in ${cluster.data}, pid ${pid}`);
    let released: Promise<void> | undefined;
    const release = () => (released ??= letGo(cluster, user, log));
    return { url, port, dataDir: cluster.home, adopted: running !== null, pid, release };
  } catch (error) {
    user.leave();
    throw error;
  }
}

async function runningServer(cluster: Cluster, deadline: number): Promise<Postmaster | null> {
  const running = await settledPostmaster(cluster.data, deadline);
  if (!running) return null;
  const certain = serves(running.pid, cluster.data) === 'yes';
  if (running.status !== 'ready' && certain)
    throw embeddedFailure(`server process ${running.pid} in ${cluster.home} is still ${running.status || 'starting'}`);
  if (certain || (await answersFor(cluster, running.port))) return running;
  forgetPostmaster(cluster.data);
  return null;
}

async function startServer(cluster: Cluster, settings: Record<string, string>, deadline: number): Promise<Postmaster> {
  removeHalfMade(cluster);
  const owner = clusterOwner(cluster);
  const account = serverAccount(owner);
  const major = clusterMajor(cluster);
  const binaries = findBinaries(account, major);
  if (major === null) await makeCluster(cluster, binaries, account, settings.fsync !== 'off');
  else if (account && owner === 0) giveTo(account, cluster.data);
  if (major !== null) closeToOthers(cluster);
  for (;;) {
    const started = await startPostmaster(cluster, binaries, account, settings, await freePort(), deadline);
    if ('pid' in started) return started;
    if (!started.passing || Date.now() > deadline)
      throw embeddedFailure(`the server in ${cluster.home} did not start:\n${started.log}`);
    await delay(RETRY_MS);
    const other = await runningServer(cluster, deadline);
    if (other) return other;
  }
}

async function letGo(cluster: Cluster, user: ServerUser, log: (line: string) => void): Promise<void> {
  // A server whose folder was removed notices within a minute, and ends by itself.
  if (!existsSync(cluster.home)) return;
  try {
    await withLock(cluster.lock, LOCK_MS, () => leave(cluster, user, log));
  } catch (error) {
    throw asFailure(`cannot stop in ${cluster.home}`, error);
  }
}

async function leave(cluster: Cluster, user: ServerUser, log: (line: string) => void): Promise<void> {
  user.leave();
  const others = livingUsers(cluster.users);
  if (others.length > 0) {
    log(`PostgreSQL left running for process ${[...new Set(others)].join(', ')}`);
    return;
  }
  const running = readPostmaster(cluster.data);
  if (!running) return;
  const ours = serves(running.pid, cluster.data);
  if (ours === 'no' || (ours === 'perhaps' && !(await answersFor(cluster, running.port)))) return;
  await stopPostmaster(running.pid, cluster, Date.now() + STOP_MS);
  log(`PostgreSQL stopped, pid ${running.pid}`);
}

function asFailure(what: string, error: unknown): TaskerError {
  return error instanceof TaskerError ? error : embeddedFailure(`${what}: ${(error as Error).message}`, error);
}
