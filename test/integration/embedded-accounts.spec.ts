import { spawnSync } from 'node:child_process';
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { lstatSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/persistence/embedded/embedded-postgres.js';
import { platformPackage } from '../../src/persistence/embedded/platform-package.js';
import { birthOf } from '../../src/persistence/embedded/process-birth.js';
import { systemFolders } from '../../src/persistence/embedded/server-binaries.js';
import {
  FAST,
  type StarterAnswer,
  type StarterOptions,
  transpileStarter,
  Workshop,
} from '../support/embedded-starter.js';

const NOBODY = { uid: 65_534, gid: 65_534 };
const MODULES = join(__dirname, '..', '..', 'node_modules');

const isRoot = process.getuid?.() === 0 && process.platform === 'linux';
const canMount = isRoot && spawnSync('unshare', ['-m', 'true']).status === 0;
/** Another account can only be tried by root, on Linux. */
const asRoot = isRoot ? it : it.skip;
/** Mounts that only the process sees need the right to make them. */
const withMounts = canMount ? it : it.skip;

const workshop = new Workshop();
afterAll(() => workshop.clear());

const runsAs = (pid: number): number => statSync(`/proc/${pid}`).uid;

/** Starts, asks one query and releases. */
async function tryOut(dataDir: string, options: StarterOptions = {}): Promise<StarterAnswer & { uid: number }> {
  const starter = workshop.starter(dataDir, options);
  const answer = await starter.answer();
  if (answer.error) throw new Error(answer.error);
  const uid = runsAs(answer.pid);
  expect(await starter.query('select 1 as alive')).toEqual([{ alive: 1 }]);
  await starter.release();
  return { ...answer, uid };
}

/** A folder `node_modules` with pg and, if wanted, a copy of the platform package that lacks its links. */
function ownModules(parent: string, withBinaries: boolean): string {
  const modules = join(parent, 'node_modules');
  mkdirSync(modules);
  symlinkSync(join(MODULES, 'pg'), join(modules, 'pg'));
  if (!withBinaries) return modules;
  const original = join(platformPackage()!, '..');
  const name = original.split(/[\\/]/).at(-1)!;
  const copy = join(modules, '@embedded-postgres', name);
  cpSync(original, copy, { recursive: true, verbatimSymlinks: true });
  for (const file of readdirSync(join(copy, 'native', 'lib')))
    if (lstatSync(join(copy, 'native', 'lib', file)).isSymbolicLink()) rmSync(join(copy, 'native', 'lib', file));
  return modules;
}

asRoot('root runs the server as another user, in a project under a folder that only root may enter', async () => {
  const project = workshop.folder(0o700);
  const cache = workshop.folder();
  transpileStarter(project);
  const env = { NODE_PATH: ownModules(project, true), XDG_CACHE_HOME: cache };
  const dataDir = workshop.cluster(project);
  const { uid } = await tryOut(dataDir, { program: project, env });
  expect(uid).not.toBe(0);
  expect(existsSync(join(dataDir, 'data', 'PG_VERSION'))).toBe(true);
  expect(readdirSync(join(cache, 'tasker'))).toHaveLength(1);
  await expect(tryOut(dataDir, { program: project, env })).resolves.toMatchObject({ adopted: false, uid });
});

withMounts('root runs the server as nobody where there is no account postgres, and makes none', async () => {
  const passwd = join(workshop.folder(), 'passwd');
  writeFileSync(passwd, 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n');
  const prefix = ['unshare', '-m', 'sh', '-c', 'mount --bind "$0" /etc/passwd && exec "$@"', passwd];
  const before = readFileSync(passwd, 'utf8');
  expect(await tryOut(workshop.cluster(), { prefix })).toMatchObject({ uid: NOBODY.uid });
  expect(readFileSync(passwd, 'utf8')).toBe(before);
});

asRoot('an ordinary user runs the server as itself, and root later runs it as that user', async () => {
  const home = workshop.folder();
  chownSync(home, NOBODY.uid, NOBODY.gid);
  const dataDir = workshop.cluster(home);
  const byUser = { ...NOBODY, env: { HOME: home } };
  expect(await tryOut(dataDir, byUser)).toMatchObject({ uid: NOBODY.uid });
  expect(await tryOut(dataDir)).toMatchObject({ uid: NOBODY.uid, adopted: false });
  expect(await tryOut(dataDir, byUser)).toMatchObject({ uid: NOBODY.uid, adopted: false });
});

asRoot('an ordinary user is told whose cluster it is that it cannot use', async () => {
  const dataDir = workshop.cluster();
  const { uid } = await tryOut(dataDir);
  await expect(tryOut(dataDir, NOBODY)).rejects.toThrow(`the cluster belongs to user id ${uid}`);
});

asRoot('root takes back data that a copy has made its own', async () => {
  const dataDir = workshop.cluster();
  const { uid } = await tryOut(dataDir);
  spawnSync('chown', ['-R', '0:0', dataDir]);
  expect(await tryOut(dataDir)).toMatchObject({ uid });
});

asRoot('root in a container, which may not look into processes of others, adopts and stops the server', async () => {
  const dataDir = workshop.cluster();
  const prefix = ['setpriv', '--bounding-set', '-sys_ptrace,-sys_admin'];
  const first = workshop.starter(dataDir, { prefix });
  const { pid } = await first.answer();
  const look = spawnSync('setpriv', [...prefix.slice(1), 'readlink', `/proc/${pid}/cwd`]);
  expect(look.status).not.toBe(0);
  await first.kill();
  expect(await tryOut(dataDir, { prefix })).toMatchObject({ pid, adopted: true });
  expect(birthOf(pid)).toBeNull();
});

(platformPackage() ? it : it.skip)(
  'makes the links to libraries that npm without install scripts leaves out',
  async () => {
    const modules = ownModules(workshop.folder(), true);
    await tryOut(workshop.cluster(), { env: { NODE_PATH: modules } });
  },
);

(systemFolders().length > 0 ? it : it.skip)(
  'falls back to the PostgreSQL of the system without a platform package, and goes on with it when there is one',
  async () => {
    const dataDir = workshop.cluster();
    await tryOut(dataDir, { env: { NODE_PATH: ownModules(workshop.folder(), false) } });
    const server = await startEmbeddedPostgres({ dataDir, settings: FAST });
    await server.release();
    const version = readFileSync(join(dataDir, 'data', 'PG_VERSION'), 'utf8').trim();
    expect(readFileSync(join(dataDir, 'server.log'), 'utf8')).toContain(`starting PostgreSQL ${version}`);
  },
);

withMounts('says that the disk is full', async () => {
  const disk = workshop.folder();
  const dataDir = join(disk, 'postgres');
  const prefix = ['unshare', '-m', 'sh', '-c', 'mount -t tmpfs -o size=16m none "$0" && exec "$@"', disk];
  const answer = await workshop.starter(dataDir, { prefix }).answer();
  expect(answer.code).toBe('embedded_database_failed');
  expect(answer.error).toMatch(/No space left on device[^]*Free space on that disk/);
});
