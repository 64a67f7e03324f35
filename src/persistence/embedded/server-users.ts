import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, ownMark, parseMark } from './process-birth.js';

/** One use of the server, on record until `leave` or the end of the process. */
export interface ServerUser {
  leave(): void;
}

/** Puts one more use of the server by this process on record. */
export function registerUser(folder: string): ServerUser {
  const file = join(folder, `${process.pid}-${randomUUID()}`);
  writeFileSync(file, JSON.stringify({ ...ownMark(), place: placeOf(folder) }));
  return { leave: () => rmSync(file, { force: true }) };
}

/** Pids of the living processes on record, one for each use; the records of dead ones and of other clusters go. */
export function livingUsers(folder: string): number[] {
  return readdirSync(folder).flatMap((name) => {
    const file = join(folder, name);
    const text = readFileSync(file, 'utf8');
    const mark = parseMark(text);
    if (mark && isAlive(mark) && (JSON.parse(text) as { place?: number }).place === placeOf(folder)) return [mark.pid];
    rmSync(file, { force: true });
    return [];
  });
}

/** Tells a copied folder from the original, whose users are not users of the copy. */
const placeOf = (folder: string): number => statSync(folder).ino;
