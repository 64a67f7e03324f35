import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import type { HealthOrders } from './health-process.js';
import { OwnCluster } from './own-cluster.js';
import { makeProgram, type Program } from './program.js';

interface Answer {
  /** 0 where there was none in time. */
  code: number;
  body: { status?: string; checks?: Record<string, { status: string; detail: string }> };
}

const PROBE_MS = 800;
const NOT_HEARD: Answer = { code: 0, body: {} };

/** Asks as a load balancer does: not for longer than it has patience. */
async function probe(url: string, what: string): Promise<Answer> {
  try {
    const answer = await fetch(`${url}/tasker/health/${what}`, { signal: AbortSignal.timeout(PROBE_MS) });
    return { code: answer.status, body: (await answer.json()) as Answer['body'] };
  } catch {
    return NOT_HEARD;
  }
}

async function until(url: string, what: string, code: number, withinMs = 20_000): Promise<Answer['body']> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const answer = await probe(url, what);
    if (answer.code === code) return answer.body;
    if (Date.now() > deadline) throw new Error(`${what} was never ${code}: ${JSON.stringify(answer)}`);
    await delay(50);
  }
}

async function create(url: string, context: object): Promise<number> {
  const task = { name: 'take', context, initiator: 'chaos', reason: 'trial', source_system: 'test' };
  const body = JSON.stringify(task);
  const headers = { 'Content-Type': 'application/json' };
  return (await fetch(`${url}/tasker/tasks`, { method: 'POST', headers, body })).status;
}

let program: Program;
beforeAll(() => (program = makeProgram()));
afterAll(() => program?.remove());

const start = (script: string, env: NodeJS.ProcessEnv): ChildProcess =>
  spawn(process.execPath, [join(program.worker, '../../..', script)], {
    env: { PATH: process.env.PATH, NODE_PATH: program.modules, ...env },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });

async function startProcess(databaseUrl: string): Promise<{ child: ChildProcess; url: string }> {
  const orders: HealthOrders = { databaseUrl };
  const child = start('test/chaos/health-process.js', { CHAOS: JSON.stringify(orders) });
  child.stdout!.resume();
  const [url] = (await once(child, 'message')) as [string];
  return { child, url };
}

async function kill(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

describe('the health of a process', () => {
  let database: TestDatabase;
  let child: ChildProcess | undefined;
  let url: string;

  beforeEach(async () => {
    database = await createTestDatabase();
    ({ child, url } = await startProcess(database.url));
    await until(url, 'ready', 200);
  });
  afterEach(async () => {
    await kill(child);
    await database?.drop();
  });

  it('is red while its event loop is blocked, and a while longer, then green again', async () => {
    expect(await create(url, { block_ms: 3_500 })).toBe(201);
    await until(url, 'live', 0);
    const { checks } = await until(url, 'ready', 503);
    expect(checks).toMatchObject({
      event_loop: { status: 'down', detail: expect.stringMatching(/^stood still for \d{4} ms/) as string },
      database: { status: 'up' },
      worker: { status: 'up' },
    });
    expect((await probe(url, 'live')).code).toBe(200);
    await until(url, 'ready', 200);
  });

  it('turns red as soon as it is asked to stop, while what runs finishes', async () => {
    expect(await create(url, { ms: 3_000 })).toBe(201);
    await delay(300);
    const ended = once(child!, 'exit');
    child!.kill('SIGTERM');
    const stopping = async () => (await until(url, 'ready', 503, 2_000)).checks!;
    expect((await stopping()).shutdown).toEqual({ status: 'down', detail: 'the process is stopping', latency_ms: 0 });
    // it hears of it a moment later
    let worker = (await stopping()).worker;
    while (worker?.detail !== 'draining') worker = (await stopping()).worker;
    expect(worker.status).toBe('down');
    expect((await probe(url, 'live')).code).toBe(200);
    expect(await ended).toEqual([0, null]);
  });

  it('is red where nothing turns at all, and green when it goes on', async () => {
    child!.kill('SIGSTOP');
    expect(await probe(url, 'live')).toEqual(NOT_HEARD);
    await delay(2_500);
    child!.kill('SIGCONT');
    expect((await until(url, 'ready', 503)).checks).toMatchObject({ event_loop: { status: 'down' } });
    await until(url, 'ready', 200);
  });
});

describe('the health of a process whose PostgreSQL is stopped and started', () => {
  let cluster: OwnCluster;
  let child: ChildProcess | undefined;

  afterAll(async () => {
    await kill(child);
    await cluster?.stop();
  }, 30_000);

  it('is red as long, lives on, and is green again', async () => {
    cluster = await OwnCluster.start();
    let url: string;
    ({ child, url } = await startProcess(cluster.url));
    await until(url, 'ready', 200);
    await cluster.halt('fast');
    expect((await until(url, 'ready', 503)).checks).toMatchObject({ database: { status: 'down' } });
    expect((await until(url, 'status', 503)).status).toBe('unhealthy');
    expect((await probe(url, 'live')).code).toBe(200);
    await cluster.revive();
    await until(url, 'ready', 200);
    expect(['healthy', 'degraded']).toContain((await until(url, 'status', 200)).status);
  }, 60_000);
});

const MOUNTS = canMount();
if (!MOUNTS) console.warn('The full disk is not tried: this process may not mount a file system of its own.');

(MOUNTS ? describe : describe.skip)('the health of a server whose disk is full', () => {
  let disk: string;
  let child: ChildProcess | undefined;

  beforeAll(() => {
    disk = mkdtempSync(join(tmpdir(), 'tasker-chaos-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400m,mode=0755', 'tmpfs', disk]);
    chmodSync(disk, 0o755);
  });
  afterAll(async () => {
    if (child?.exitCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
    execFileSync('umount', ['-l', disk]);
    rmSync(disk, { recursive: true });
  }, 40_000);

  it('is red, before PostgreSQL stops for it, and green once there is room again', async () => {
    child = start('src/server/main.js', { TASKER_DATA_DIR: join(disk, 'data'), PORT: '0', LOG_LEVEL: 'error' });
    const url = await readyAt(child);
    expect((await until(url, 'ready', 200)).checks!.disk).toMatchObject({
      status: 'degraded',
      detail: expect.stringMatching(/^\d+ MiB free$/) as string,
    });
    const ballast = join(disk, 'ballast');
    fill(ballast);
    const { checks } = await until(url, 'ready', 503);
    expect(checks).toMatchObject({
      disk: { status: 'down', detail: expect.stringMatching(/^\d MiB free, 100 needed$/) as string },
      database: { status: 'up' },
    });
    rmSync(ballast);
    await until(url, 'ready', 200);
  }, 60_000);
});

async function readyAt(child: ChildProcess): Promise<string> {
  let said = '';
  for await (const text of child.stdout!) {
    said += String(text);
    const ready = /^Tasker is ready on (\S+)$/m.exec(said);
    if (ready) return ready[1]!;
  }
  throw new Error(`The server ended before it was ready: ${said}`);
}

/** Takes all but a few MiB. */
function fill(path: string): void {
  const chunk = Buffer.alloc(4 * 1024 * 1024, 1);
  for (let n = 0; n < 200; n++) {
    try {
      writeFileSync(path, chunk, { flag: 'a' });
    } catch {
      return;
    }
  }
}

function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'tasker-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
