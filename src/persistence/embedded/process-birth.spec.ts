import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { birthOf, isAlive, ownMark, parseMark } from './process-birth.js';

const unlessWindows = process.platform === 'win32' ? it.skip : it;

describe('birthOf', () => {
  it('is the same whenever one asks', () => {
    expect(birthOf(process.pid)).toBe(birthOf(process.pid));
  });

  it('is null for a process that has ended, and for what is no pid', () => {
    expect(birthOf(spawnSync(process.execPath, ['--version']).pid)).toBeNull();
    expect([Number.NaN, 0, -1, 1.5].map(birthOf)).toEqual([null, null, null, null]);
  });

  it('is known of a process of somebody else', () => {
    expect(birthOf(1)).not.toBeNull();
  });

  unlessWindows('is known of a process with blanks and parentheses in its name', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tasker-birth-'));
    const program = join(folder, 'a) Z (b');
    symlinkSync('/bin/sh', program);
    const child = spawn(program, ['-c', 'read line'], { stdio: ['pipe', 'ignore', 'ignore'] });
    await once(child, 'spawn');
    expect(birthOf(child.pid!)).not.toBeNull();
    child.stdin.end();
    await once(child, 'exit');
    expect(birthOf(child.pid!)).toBeNull();
    rmSync(folder, { recursive: true });
  });
});

describe('isAlive', () => {
  it('is true of this process', () => {
    expect(isAlive(ownMark())).toBe(true);
  });

  unlessWindows('is false of an earlier process that had the same pid', () => {
    expect(isAlive({ pid: process.pid, birth: 'another' })).toBe(false);
  });
});

describe('parseMark', () => {
  it('reads what was written, and takes nothing else for a mark', () => {
    expect(parseMark(JSON.stringify(ownMark()))).toEqual(ownMark());
    expect(['', 'null', '{"pid":1}', '[]', '7'].map(parseMark)).toEqual([null, null, null, null, null]);
  });
});
