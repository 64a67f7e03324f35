import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { answersSignals, birthOf } from './process-birth.js';

/** How often the file of the postmaster is looked at while its state changes. */
export const LOOK_MS = 10;

/** What a postmaster says about itself in `postmaster.pid`. */
export interface Postmaster {
  pid: number;
  port: number;
  /** `starting`, `ready` or `stopping`; empty while the file is being written. */
  status: string;
}

/** The postmaster that the data folder names, dead or alive; null if none. */
export function readPostmaster(data: string): Postmaster | null {
  try {
    const lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
    return { pid: Number(lines[0] || Number.NaN), port: Number(lines[3]), status: (lines[7] ?? '').trim() };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Forgets a postmaster, so that the next one is not kept off by a zombie or by a program that got its pid. */
export const forgetPostmaster = (data: string): void => rmSync(join(data, 'postmaster.pid'), { force: true });

/**
 * Whether a process is a postmaster at work on a folder. `perhaps` where the system hides what would prove it, as in a
 * container whose root may not look into the processes of others: then only a connection can tell.
 */
export function serves(pid: number, data: string): 'yes' | 'perhaps' | 'no' {
  if (birthOf(pid) === null) return 'no';
  if (process.platform === 'win32') return 'perhaps';
  if (process.platform !== 'linux') return commandOf(pid) === 'postgres' ? 'perhaps' : 'no';
  try {
    if (readFileSync(`/proc/${pid}/comm`, 'utf8').trim() !== 'postgres') return 'no';
    const [there, here] = [statSync(`/proc/${pid}/cwd`, { bigint: true }), statSync(data, { bigint: true })];
    return there.ino === here.ino && there.dev === here.dev ? 'yes' : 'no';
  } catch {
    return 'perhaps';
  }
}

/**
 * The postmaster at work on a folder, once it is neither starting nor stopping; null if there is none, and then
 * nothing keeps one from starting.
 *
 * @param deadline - in milliseconds of `Date.now()`; after it the postmaster is returned as it is
 */
export async function settledPostmaster(data: string, deadline: number): Promise<Postmaster | null> {
  for (;;) {
    const postmaster = readPostmaster(data);
    if (!postmaster) return null;
    if (Number.isNaN(postmaster.pid) ? !beingWritten(data) : serves(postmaster.pid, data) === 'no') {
      // PostgreSQL sees by itself that a pid is free, and then looks for what the dead server may have left running.
      if (Number.isNaN(postmaster.pid) || answersSignals(postmaster.pid)) forgetPostmaster(data);
      return null;
    }
    if (postmaster.status === 'ready' || Date.now() > deadline) return postmaster;
    await delay(LOOK_MS);
  }
}

/** A server writes its file at once; one that stays empty was left by a power cut. */
function beingWritten(data: string): boolean {
  const written = statSync(join(data, 'postmaster.pid'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return Date.now() - written < 1_000;
}

function commandOf(pid: number): string {
  const { stdout } = spawnSync('ps', ['-o', 'comm=', '-p', String(pid)], { encoding: 'utf8' });
  return basename((stdout ?? '').trim());
}
