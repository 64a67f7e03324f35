import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { withLock } from './exclusive-lock.js';
import { ownMark } from './process-birth.js';

describe('withLock', () => {
  let folder: string;
  let lock: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tasker-lock-'));
    lock = join(folder, 'lock');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const writeOwner = (owner: object | string) =>
    writeFileSync(join(lock, 'owner'), typeof owner === 'string' ? owner : JSON.stringify(owner));
  const deadPid = () => spawnSync(process.execPath, ['--version']).pid;

  it('lets one in at a time, and leaves nothing behind', async () => {
    let inside = 0;
    const visit = () =>
      withLock(lock, 5_000, async () => {
        inside += 1;
        await turn();
        expect(inside).toBe(1);
        inside -= 1;
      });
    await Promise.all(Array.from({ length: 10 }, visit));
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is free again after a failure', async () => {
    await expect(withLock(lock, 0, () => Promise.reject(new Error('failed inside')))).rejects.toThrow('failed inside');
    await expect(withLock(lock, 0, async () => 'in')).resolves.toBe('in');
  });

  it.each([
    ['a process that is dead', () => ({ pid: deadPid(), birth: 'then', token: 'old' })],
    ['an earlier process with the pid of this one', () => ({ ...ownMark(), birth: 'before', token: 'old' })],
    ['a living process that held the original of a copied folder', () => ({ ...ownMark(), token: 'old', place: 1 })],
    ['nobody, because a power cut emptied it', () => ''],
  ])('is taken over from %s', async (_owner, owner) => {
    mkdirSync(lock);
    writeOwner(owner());
    const entries = await Promise.all(Array.from({ length: 5 }, () => withLock(lock, 5_000, async () => 'in')));
    expect(entries).toHaveLength(5);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is left to an owner that lives, whom the failure names', async () => {
    mkdirSync(lock);
    writeOwner({ ...ownMark(), token: 'current', place: statSync(lock).ino });
    await expect(withLock(lock, 30, async () => 'in')).rejects.toMatchObject({
      code: 'embedded_database_failed',
      message: expect.stringContaining(`process ${process.pid} has held ${lock}`),
    });
  });
});
