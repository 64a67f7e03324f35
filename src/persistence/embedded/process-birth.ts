import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process told apart from a later one that was given the same pid. */
export interface ProcessMark {
  pid: number;
  /** As `birthOf` says it. */
  birth: string;
}

/** The birth of a process that lives but may not be looked at. */
const UNSEEN = 'unseen';

/**
 * When the process with this pid began, as text to compare; null if none lives under the pid.
 * A zombie counts as dead: it still answers signals, and stays for ever where PID 1 does not reap.
 */
export function birthOf(pid: number): string | null {
  if (!answersSignals(pid)) return null;
  if (process.platform === 'linux') return birthFromProc(pid);
  if (process.platform === 'win32') return UNSEEN;
  return birthFromPs(pid);
}

/** The mark of this very process. */
export const ownMark = (): ProcessMark => ({ pid: process.pid, birth: birthOf(process.pid) ?? UNSEEN });

/** Whether the marked process lives still, and is not another one under its pid. */
export function isAlive(mark: ProcessMark): boolean {
  const birth = birthOf(mark.pid);
  return birth !== null && (birth === mark.birth || birth === UNSEEN || mark.birth === UNSEEN);
}

/** Reads a mark back from JSON; null if the text is none, as after a power cut. */
export function parseMark(text: string): ProcessMark | null {
  try {
    const mark = JSON.parse(text) as Partial<ProcessMark> | null;
    return typeof mark?.pid === 'number' && typeof mark.birth === 'string' ? (mark as ProcessMark) : null;
  } catch {
    return null;
  }
}

/** Whether a signal would reach something under this pid, be it a zombie or a process of somebody else. */
export function answersSignals(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

let bootId: string | undefined;

function birthFromProc(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in parentheses, may hold blanks and parentheses of its own.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return null;
    // Ticks count from boot, so that two boots may give the same pid the same number.
    bootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${bootId}/${fields[19]}`;
  } catch {
    return answersSignals(pid) ? UNSEEN : null;
  }
}

function birthFromPs(pid: number): string | null {
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  const { stdout, status } = spawnSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], { encoding: 'utf8', env });
  if (status === null) return UNSEEN;
  const [state, ...start] = stdout.trim().split(/\s+/);
  return !state || state.startsWith('Z') ? null : start.join(' ');
}
