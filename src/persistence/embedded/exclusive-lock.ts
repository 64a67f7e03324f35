import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { embeddedFailure } from './embedded-failure.js';
import { isAlive, ownMark, parseMark, type ProcessMark } from './process-birth.js';

const RETRY_MS = 20;
/** A process that broke a lock is through in less than this, unless it died of it. */
const BREAKING_MS = 10_000;

/**
 * Does something that only one process at a time may do. The lock is a folder with the mark of its owner in it, put in
 * place by one rename, so that nobody ever sees a lock without owner; that of a dead process is taken over.
 *
 * @param waitMs - how long to wait for an owner that lives
 */
export async function withLock<T>(folder: string, waitMs: number, action: () => Promise<T>): Promise<T> {
  const token = randomUUID();
  const until = Date.now() + waitMs;
  while (!take(folder, token)) {
    const owner = ownerOf(folder);
    if (owner && !holds(owner, folder)) breakLock(folder, owner.token);
    else if (Date.now() > until)
      throw embeddedFailure(
        `process ${owner?.pid} has held ${folder} for ${Math.round(waitMs / 1000)} s: end it, or remove that folder if the process is none of Tasker's`,
      );
    else await delay(RETRY_MS);
  }
  try {
    return await action();
  } finally {
    remove(folder, token);
  }
}

interface Owner extends ProcessMark {
  token: string;
  /** Inode of the folder, which a copy made of it while it was held does not share. */
  place: number;
}

function take(folder: string, token: string): boolean {
  if (existsSync(folder)) return false;
  const mine = `${folder}.${token}`;
  mkdirSync(mine);
  try {
    writeFileSync(join(mine, 'owner'), JSON.stringify({ ...ownMark(), token, place: statSync(mine).ino }));
    renameSync(mine, folder);
    return true;
  } catch (error) {
    rmSync(mine, { recursive: true, force: true });
    // Somebody else's rename came first. Windows calls that EPERM.
    if (['ENOTEMPTY', 'EEXIST', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

function ownerOf(folder: string): Owner | null {
  try {
    const text = readFileSync(join(folder, 'owner'), 'utf8');
    const mark = parseMark(text);
    // A power cut may leave the folder without its content: then nobody lives who could own it.
    if (!mark) return { pid: 0, birth: '', token: 'none', place: 0 };
    return mark as Owner;
  } catch {
    return null;
  }
}

const holds = (owner: Owner, folder: string): boolean =>
  isAlive(owner) && owner.place === (statSync(folder, { throwIfNoEntry: false })?.ino ?? owner.place);

/**
 * Removes the lock of a dead owner. Only the process that makes the folder named after the owner's token may do so;
 * otherwise two that saw the same dead owner could each remove a lock, the second one a lock that lives.
 */
function breakLock(folder: string, token: string): void {
  const right = `${folder}.break-${token}`;
  try {
    mkdirSync(right);
  } catch {
    if (ageMs(right) > BREAKING_MS) rmdirSync(right);
    return;
  }
  try {
    if (ownerOf(folder)?.token === token) remove(folder, randomUUID());
  } finally {
    rmdirSync(right);
  }
}

function remove(folder: string, token: string): void {
  const gone = `${folder}.gone-${token}`;
  try {
    renameSync(folder, gone);
    rmSync(gone, { recursive: true, force: true });
  } catch {
    // The folder went with the whole cluster, or its content belongs to root; either way it locks nothing any more.
  }
}

function ageMs(path: string): number {
  return Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
}
