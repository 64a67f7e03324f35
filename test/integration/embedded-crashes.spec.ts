import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { startEmbeddedPostgres } from '../../src/persistence/embedded/embedded-postgres.js';
import { answersSignals, birthOf } from '../../src/persistence/embedded/process-birth.js';
import { FAST, until, Workshop } from '../support/embedded-starter.js';

const workshop = new Workshop();
const bystanders: ChildProcess[] = [];
afterAll(async () => {
  for (const bystander of bystanders) bystander.kill('SIGKILL');
  await workshop.clear();
});

const onLinux = process.platform === 'linux' ? it : it.skip;
const onPosix = process.platform === 'win32' ? it.skip : it;

const start = (dataDir: string) => startEmbeddedPostgres({ dataDir, settings: FAST });

/** A cluster whose server has ended, and the file it had while it ran. */
async function endedCluster(): Promise<{ dataDir: string; pidFile: string; lines: string[] }> {
  const server = await start(workshop.cluster());
  const pidFile = join(server.dataDir, 'data', 'postmaster.pid');
  const lines = readFileSync(pidFile, 'utf8').split('\n');
  await server.release();
  return { dataDir: server.dataDir, pidFile, lines };
}

/** A process that has ended, under a parent that never asks for its exit code. */
async function makeZombie(): Promise<number> {
  // The child ends only when the shell that would have asked has become `sleep`.
  const script = 'cat <&3 >/dev/null & echo $!; exec sleep 600';
  const parent = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit', 'pipe'] });
  bystanders.push(parent);
  const pid = Number(String((await once(parent.stdout!, 'data'))[0]));
  await until(() => readFileSync(`/proc/${parent.pid}/comm`, 'utf8').trim() === 'sleep');
  (parent.stdio[3] as Writable).end();
  await until(() => readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z '));
  return pid;
}

it('adopts the server of a process that was killed, with all it had committed', async () => {
  const dataDir = workshop.cluster();
  const starter = workshop.starter(dataDir);
  const { pid } = await starter.answer();
  await starter.query('create table kept as select 42 as answer');
  await starter.kill();
  expect(birthOf(pid)).not.toBeNull();

  const next = workshop.starter(dataDir);
  expect(await next.answer()).toMatchObject({ adopted: true, pid });
  expect(await next.query('select answer from kept')).toEqual([{ answer: 42 }]);
  await next.release();
  expect(birthOf(pid)).toBeNull();
});

it('starts again after the server was killed, with all it had committed', async () => {
  const dataDir = workshop.cluster();
  const starter = workshop.starter(dataDir);
  const { pid } = await starter.answer();
  await starter.query('create table kept as select 42 as answer');
  process.kill(pid, 'SIGKILL');
  await starter.kill();

  const next = workshop.starter(dataDir);
  expect(await next.answer()).toMatchObject({ adopted: false });
  expect(await next.query('select answer from kept')).toEqual([{ answer: 42 }]);
  await next.release();
});

onPosix('keeps serving when Ctrl-C reaches the whole process group of a worker that is still draining', async () => {
  const starter = workshop.starter(workshop.cluster());
  await starter.answer();
  process.kill(-starter.process.pid!, 'SIGINT');
  expect(await starter.query('select 1 as alive')).toEqual([{ alive: 1 }]);
  await starter.release();
});

it('begins afresh after a process was killed while it made the cluster', async () => {
  const dataDir = workshop.cluster();
  const starter = workshop.starter(dataDir);
  const halfMade = () => (existsSync(dataDir) ? readdirSync(dataDir) : []).find((name) => name.startsWith('data.new-'));
  await until(() => existsSync(join(dataDir, halfMade() ?? 'none', 'data', 'PG_VERSION')));
  await starter.kill();
  expect(existsSync(join(dataDir, 'data'))).toBe(false);

  const server = await start(dataDir);
  expect(server.adopted).toBe(false);
  await server.release();
});

it('removes what a killed process left of a cluster, though another one was made since', async () => {
  const { dataDir } = await endedCluster();
  mkdirSync(join(dataDir, 'data.new-left', 'data'), { recursive: true });
  await (await start(dataDir)).release();
  expect(readdirSync(dataDir).sort()).toEqual(['data', 'server.log', 'users']);
});

it('joins the server that a process had launched just before it was killed', async () => {
  const { dataDir, pidFile } = await endedCluster();
  const starter = workshop.starter(dataDir);
  await until(() => existsSync(pidFile));
  await starter.kill();
  const server = await start(dataDir);
  await server.release();
  expect(birthOf(server.pid)).toBeNull();
});

onLinux('starts although the pid in postmaster.pid is that of a zombie, which still answers signals', async () => {
  const { dataDir, pidFile, lines } = await endedCluster();
  const zombie = await makeZombie();
  expect(answersSignals(zombie)).toBe(true);
  writeFileSync(pidFile, [zombie, ...lines.slice(1)].join('\n'));

  const server = await start(dataDir);
  expect(server).toMatchObject({ adopted: false });
  await server.release();
});

onPosix('starts although the pid in postmaster.pid belongs to another program now, which it leaves alone', async () => {
  const { dataDir, pidFile, lines } = await endedCluster();
  const bystander = spawn('sleep', ['600'], { stdio: 'ignore' });
  bystanders.push(bystander);
  await once(bystander, 'spawn');
  writeFileSync(pidFile, [bystander.pid, ...lines.slice(1)].join('\n'));

  const server = await start(dataDir);
  expect(server.adopted).toBe(false);
  await server.release();
  expect(birthOf(bystander.pid!)).not.toBeNull();
});

it('starts although postmaster.pid names a process that is gone, or is empty after a power cut', async () => {
  const { dataDir, pidFile, lines } = await endedCluster();
  const gone = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(gone, 'exit');
  for (const content of [[gone.pid, ...lines.slice(1)].join('\n'), '']) {
    writeFileSync(pidFile, content);
    const server = await start(dataDir);
    expect(server.adopted).toBe(false);
    await server.release();
  }
});
