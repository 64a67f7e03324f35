import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinaries, systemFolders } from './server-binaries.js';

const onPosix = process.platform === 'win32' ? describe.skip : describe;

onPosix('findBinaries', () => {
  const folders: string[] = [];
  afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

  /** Programs that only know their version. */
  const install = (version: string, programs = ['postgres', 'initdb']) => {
    const folder = mkdtempSync(join(tmpdir(), 'tasker-binaries-'));
    folders.push(folder);
    for (const name of programs) {
      writeFileSync(join(folder, name), `#!/bin/sh\necho "${name} (PostgreSQL) ${version}"\n`);
      chmodSync(join(folder, name), 0o755);
    }
    return folder;
  };

  it('passes over what is too old and what does not run', () => {
    const [broken, old, good] = [install('17.1', ['postgres']), install('13.9'), install('16.2 (Debian 16.2-1)')];
    const found = findBinaries(null, null, { native: null, folders: [broken, old, good] });
    expect(found).toEqual({ folder: good, version: '16.2', major: 16 });
  });

  it('takes none but the version that made the cluster', () => {
    const [newer, same] = [install('18.4'), install('15.1')];
    expect(findBinaries(null, 15, { native: null, folders: [newer, same] }).folder).toBe(same);
    expect(() => findBinaries(null, 16, { native: null, folders: [newer, same] })).toThrow(
      `the cluster was made by PostgreSQL 16, which is not here:\n  ${newer} is PostgreSQL 18.4\n  ${same} is PostgreSQL 15.1`,
    );
  });

  it('says where to get a PostgreSQL when there is none', () => {
    expect(() => findBinaries(null, null, { native: null, folders: [] })).toThrow('npm install --include=optional');
  });

  it('falls back to the system when the package does not run here, as on musl', () => {
    const good = install('17.0');
    expect(findBinaries(null, null, { native: '/nowhere', folders: [good] }).folder).toBe(good);
  });

  it('looks for whole servers on PATH, in its order', () => {
    const [one, client, other] = [install('16.1'), install('17.1', ['postgres']), install('18.1')];
    expect(systemFolders([one, client, other].join(':')).slice(0, 2)).toEqual([one, other]);
  });
});
