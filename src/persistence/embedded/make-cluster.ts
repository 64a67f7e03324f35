import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import {
  chownSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Cluster, dataDirectoryFor, PASSWORD_FILE, serverEnvironment, SUPERUSER } from './cluster.js';
import { embeddedFailure } from './embedded-failure.js';
import type { ServerAccount } from './server-account.js';
import { program, type ServerBinaries } from './server-binaries.js';

const HALF_MADE = 'data.new-';

/**
 * Makes the data in a folder aside and puts it in place when it is whole.
 *
 * @param durable - wait until it is on disk
 */
export async function makeCluster(
  cluster: Cluster,
  binaries: ServerBinaries,
  account: ServerAccount | null,
  durable: boolean,
): Promise<void> {
  const aside = join(cluster.home, HALF_MADE + randomUUID());
  const data = join(aside, 'data');
  const password = randomBytes(24).toString('hex');
  try {
    for (const folder of [aside, data]) makePrivate(folder, account);
    writePrivate(join(aside, 'password'), password, account);
    const named = dataDirectoryFor(account, data);
    await runInitdb(program(binaries, 'initdb'), initdbArguments(named, binaries.major, durable), data, account);
    writePrivate(join(data, PASSWORD_FILE), password, account);
    renameSync(data, cluster.data);
  } finally {
    rmSync(aside, { recursive: true, force: true, maxRetries: 3 });
  }
}

function initdbArguments(data: string, major: number, durable: boolean): string[] {
  // The locales of the machine are left out: without LANG they give SQL_ASCII, and a missing one ends initdb.
  const locale = major >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : [];
  const login = [`--username=${SUPERUSER}`, '--pwfile=../password', '--auth=scram-sha-256'];
  return ['-D', data, ...login, '--encoding=UTF8', '--locale=C', ...locale, ...(durable ? [] : ['--no-sync'])];
}

async function runInitdb(initdb: string, args: string[], cwd: string, account: ServerAccount | null): Promise<void> {
  try {
    await promisify(execFile)(initdb, args, { ...account, cwd, env: serverEnvironment(), windowsHide: true });
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw embeddedFailure(`initdb failed in ${cwd}:\n${stderr?.trim() || message}`, error);
  }
}

/** Removes what killed starters left. Their initdb may still be writing, so that some of it may stay until next time. */
export function removeHalfMade({ home }: Cluster): void {
  for (const name of readdirSync(home).filter((entry) => entry.startsWith(HALF_MADE))) {
    try {
      rmSync(join(home, name), { recursive: true, force: true });
    } catch {
      continue;
    }
  }
}

function makePrivate(folder: string, account: ServerAccount | null): void {
  mkdirSync(folder, { mode: 0o700 });
  if (account) chownSync(folder, account.uid, account.gid);
}

function writePrivate(path: string, text: string, account: ServerAccount | null): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, `${text}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  if (account) chownSync(path, account.uid, account.gid);
}
