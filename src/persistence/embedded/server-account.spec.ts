import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canReach, serverAccount } from './server-account.js';

const PASSWD = ['root:x:0:0::/root:/bin/sh', 'node:x:1000:1000::/home/node:/bin/sh', 'nobody:x:65534:65533::/:', ''];
const withPostgres = [...PASSWD, 'postgres:x:101:104::/:'].join('\n');
const withoutPostgres = PASSWD.join('\n');

const as = (uid: number) => jest.spyOn(process as { geteuid(): number }, 'geteuid').mockReturnValue(uid);
afterEach(() => jest.restoreAllMocks());

describe('serverAccount', () => {
  it('is postgres, else nobody, else any account, when root makes a cluster', () => {
    as(0);
    expect(serverAccount(null, withPostgres)).toEqual({ uid: 101, gid: 104 });
    expect(serverAccount(null, withoutPostgres)).toEqual({ uid: 65_534, gid: 65_533 });
    expect(serverAccount(null, PASSWD.slice(0, 2).join('\n'))).toEqual({ uid: 1_000, gid: 1_000 });
  });

  it('is the owner of the cluster when root finds one, listed or not', () => {
    as(0);
    expect(serverAccount(1_000, withPostgres)).toEqual({ uid: 1_000, gid: 1_000 });
    expect(serverAccount(12_345, withPostgres)).toEqual({ uid: 12_345, gid: 12_345 });
  });

  it('is none that root could use when there is only root', () => {
    as(0);
    expect(() => serverAccount(null, PASSWD[0])).toThrow('/etc/passwd names no other account');
  });

  it('is ourselves for an ordinary user, who cannot use a cluster of another', () => {
    as(1_000);
    expect(serverAccount(null, withPostgres)).toBeNull();
    expect(serverAccount(1_000, withPostgres)).toBeNull();
    expect(() => serverAccount(101, withPostgres)).toThrow('belongs to user id 101, and this process is user id 1000');
  });
});

describe('canReach', () => {
  it('looks at every folder above, for owner, group and others', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tasker-reach-'));
    const file = join(folder, 'inner', 'file');
    mkdirSync(file, { recursive: true });
    const [uid, gid] = [process.getuid!(), process.getgid!()];
    const stranger = { uid: 64_001, gid: 64_001 };
    expect(canReach({ uid, gid }, file)).toBe(true);
    expect(canReach(stranger, file)).toBe(false);
    chmodSync(folder, 0o710);
    expect(canReach({ ...stranger, gid }, file)).toBe(true);
    chmodSync(folder, 0o701);
    expect(canReach(stranger, file)).toBe(true);
    rmSync(folder, { recursive: true });
  });
});
