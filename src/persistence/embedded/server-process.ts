import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type Cluster, clusterMajor, dataDirectoryFor, serverEnvironment, shareWithOwnerOf } from './cluster.js';
import { embeddedFailure, tailOf } from './embedded-failure.js';
import { LOOK_MS, type Postmaster, readPostmaster } from './postmaster.js';
import { birthOf } from './process-birth.js';
import type { ServerAccount } from './server-account.js';
import { findBinaries, program, type ServerBinaries } from './server-binaries.js';

const LOG_BYTES = 10 * 1024 * 1024;

/** Safe first: what has been committed is on disk. */
const DEFAULT_SETTINGS: Record<string, string> = {
  fsync: 'on',
  synchronous_commit: 'on',
  max_connections: '200',
  shared_buffers: '256MB',
  max_wal_size: '2GB',
  jit: 'off',
  log_checkpoints: 'off',
};

/** A server that did not come up; `passing` if another attempt may well succeed. */
export interface StartRefusal {
  passing: boolean;
  log: string;
}

/**
 * Starts a postmaster in a session of its own, so that Ctrl-C in our terminal does not end it under a worker that is
 * still putting its steps away.
 *
 * @returns the postmaster once it is ready, or why it is not
 */
export async function startPostmaster(
  cluster: Cluster,
  binaries: ServerBinaries,
  account: ServerAccount | null,
  settings: Record<string, string>,
  port: number,
  deadline: number,
): Promise<Postmaster | StartRefusal> {
  const logged = prepareLog(cluster);
  const args = serverArguments(dataDirectoryFor(account, cluster.data), settings, port);
  const child = await launch(cluster, binaries, account, args);
  while (Date.now() < deadline) {
    const postmaster = readPostmaster(cluster.data);
    const ours = process.platform === 'win32' || postmaster?.pid === child.pid;
    if (postmaster && ours && postmaster.status === 'ready') return postmaster;
    if (hasFailed(child)) return refusal(tailOf(cluster.log, logged));
    await delay(LOOK_MS);
  }
  throw embeddedFailure(`the server in ${cluster.home} is not ready yet:\n${tailOf(cluster.log, logged)}`);
}

/** Ends a server in its fast mode: transactions are rolled back, data is put on disk. */
export async function stopPostmaster(pid: number, cluster: Cluster, deadline: number): Promise<void> {
  signalFastStop(pid, cluster);
  while (birthOf(pid) !== null) {
    if (Date.now() > deadline)
      throw embeddedFailure(`server process ${pid} in ${cluster.home} does not end:\n${tailOf(cluster.log)}`);
    await delay(LOOK_MS);
  }
}

/** A port of 127.0.0.1 that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

function serverArguments(data: string, settings: Record<string, string>, port: number): string[] {
  const fixed = { port: String(port), listen_addresses: '127.0.0.1', unix_socket_directories: '' };
  const all = Object.entries({ ...DEFAULT_SETTINGS, ...settings, ...fixed });
  return ['-D', data, ...all.flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

async function launch(
  cluster: Cluster,
  binaries: ServerBinaries,
  account: ServerAccount | null,
  args: string[],
): Promise<ChildProcess> {
  const log = openSync(cluster.log, 'a');
  try {
    const options = { ...account, cwd: cluster.data, env: serverEnvironment(), detached: true, windowsHide: true };
    const [command, commandArgs] = commandLine(cluster, binaries, args);
    const child = spawn(command, commandArgs, { ...options, stdio: ['ignore', log, log] });
    child.unref();
    await once(child, 'spawn');
    return child;
  } catch (error) {
    throw embeddedFailure(`${program(binaries, 'postgres')} does not run: ${(error as Error).message}`, error);
  } finally {
    closeSync(log);
  }
}

/** On Windows pg_ctl takes away the rights of an administrator, with which PostgreSQL refuses to run. */
function commandLine({ data }: Cluster, binaries: ServerBinaries, args: string[]): [string, string[]] {
  if (process.platform !== 'win32') return [program(binaries, 'postgres'), args];
  const options = args.slice(2).map((arg) => (arg === '-c' ? arg : `"${arg}"`));
  return [program(binaries, 'pg_ctl'), ['start', '-D', data, '-W', '-s', '-o', options.join(' ')]];
}

function hasFailed({ exitCode, signalCode }: ChildProcess): boolean {
  return process.platform === 'win32' ? (exitCode ?? 0) !== 0 : exitCode !== null || signalCode !== null;
}

function refusal(log: string): StartRefusal {
  const portTaken = /Address already in use|could not create any TCP\/IP sockets/;
  // A server that a killed starter had just launched, or the last processes of one that was killed itself.
  const notAlone = /lock file ".*" already exists|pre-existing shared memory block/;
  return { passing: portTaken.test(log) || notAlone.test(log), log };
}

function signalFastStop(pid: number, cluster: Cluster): void {
  if (process.platform === 'win32') {
    const pgCtl = program(findBinaries(null, clusterMajor(cluster)), 'pg_ctl');
    spawnSync(pgCtl, ['kill', 'INT', String(pid)], { windowsHide: true });
    return;
  }
  try {
    process.kill(pid, 'SIGINT');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** @returns bytes in the log before this start */
function prepareLog({ home, log }: Cluster): number {
  const size = existsSync(log) ? statSync(log).size : null;
  if (size !== null && size <= LOG_BYTES) return size;
  closeSync(openSync(log, 'w'));
  shareWithOwnerOf(home, log);
  return 0;
}
