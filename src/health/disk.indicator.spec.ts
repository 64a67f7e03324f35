import { mkdtempSync, rmdirSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DiskIndicator } from './disk.indicator.js';

describe('DiskIndicator', () => {
  let dataDir: string;
  beforeEach(() => (dataDir = mkdtempSync(join(tmpdir(), 'tasker-disk-'))));
  afterEach(() => rmdirSync(dataDir));

  const statusOver = async (share: number): Promise<string | undefined> => {
    const { bavail, bsize } = await statfs(dataDir);
    return (await new DiskIndicator({ database: { dataDir } }, bavail * bsize * share).check())?.status;
  };

  it('is down with less than is needed, degraded with little more, else up', async () => {
    expect(await statusOver(1.5)).toBe('down');
    expect(await statusOver(0.5)).toBe('degraded');
    expect(await statusOver(0.05)).toBe('up');
  });

  it('tells how much there is', async () => {
    const { bsize, blocks } = await statfs(dataDir);
    const space = await new DiskIndicator({ database: { dataDir } }).space();
    expect(space).toEqual({ free_bytes: expect.any(Number) as number, total_bytes: blocks * bsize });
  });

  it('is down where the folder is gone', async () => {
    const gone = new DiskIndicator({ database: { dataDir: join(dataDir, 'gone') } });
    expect(await gone.check()).toMatchObject({ status: 'down', detail: 'failed with ENOENT' });
  });

  it('is not there where the database is elsewhere', async () => {
    expect(await new DiskIndicator({ database: { dataDir: null } }).check()).toBeNull();
  });
});
