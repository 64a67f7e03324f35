import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeProgram, type Program } from '../chaos/program.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/engine.js';

const BURST = 3_000;
/** Loaded before the server: on a signal, it writes many lines and dies of an error. */
const DIES = `
  process.on('SIGUSR2', () => {
    const { Logger } = require('@nestjs/common');
    for (let n = 0; n < ${BURST}; n++) new Logger('Burst').log('line ' + n);
    throw new RangeError('nobody catches me, password=canary-5e1c');
  });
`;

class Server {
  out = '';
  err = '';
  readonly ended: Promise<number | null>;

  constructor(readonly child: ChildProcess) {
    child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.out += text));
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.err += text));
    this.ended = new Promise((resolve) => child.once('close', (code) => resolve(code)));
  }

  get lines(): string[] {
    return this.out.split('\n').filter((line) => line !== '');
  }

  async url(): Promise<string> {
    const ready = /^Tasker is ready on (\S+)$/m;
    await eventually('it is ready', () => ready.test(this.out), 20_000);
    return ready.exec(this.out)![1]!;
  }
}

describe('what the server writes', () => {
  let program: Program;
  let folder: string;
  let database: TestDatabase;
  const servers: Server[] = [];

  beforeAll(async () => {
    program = makeProgram({ src: 'src' }, 'src/server/main.js');
    folder = mkdtempSync(join(tmpdir(), 'tasker-logs-'));
    writeFileSync(join(folder, 'dies.cjs'), DIES);
    database = await createTestDatabase();
  });
  afterEach(async () => {
    for (const { child, ended } of servers.splice(0)) {
      child.kill('SIGKILL');
      await ended;
    }
  });
  afterAll(async () => {
    program?.remove();
    rmSync(folder, { recursive: true });
    await database?.drop();
  });

  const start = (env: NodeJS.ProcessEnv): Server => {
    const child = spawn(process.execPath, ['--require', join(folder, 'dies.cjs'), program.worker], {
      cwd: folder,
      env: { PATH: process.env.PATH, NODE_PATH: program.modules, DATABASE_URL: database.url, PORT: '0', ...env },
    });
    const server = new Server(child);
    servers.push(server);
    return server;
  };
  const post = (url: string): Promise<Response> =>
    fetch(`${url}/tasker/tasks?access_token=canary-5e1c`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Correlation-ID': 'order-5', Authorization: 'Bearer canary-5e1c' },
      body: '{}',
    }); // prettier-ignore

  it('is one JSON object a line in production, but for the line that says that it is ready', async () => {
    const server = start({ NODE_ENV: 'production', LOG_LEVEL: 'debug,registry=info' });
    const url = await server.url();
    await post(url);
    await fetch(`${url}/tasker/health/live`);
    await eventually('requests are logged', () => server.out.includes('health/live'));
    const plain = server.lines.filter((line) => !line.startsWith('{'));
    expect(plain).toEqual([`Tasker is ready on ${url}`]);
    const lines = server.lines
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    for (const line of lines) {
      expect(line).toMatchObject({
        level: expect.stringMatching(/^(debug|info|warn)$/) as string,
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
        component: expect.any(String) as string,
        msg: expect.any(String) as string,
      });
    }
    expect(lines).toContainEqual(
      expect.objectContaining({
        ...{ level: 'info', component: 'http', correlation_id: 'order-5', event: 'http.request.completed' },
        ...{ method: 'POST', path: '/tasker/tasks', status: 400, msg: 'POST /tasker/tasks 400' },
      }),
    );
    expect(lines).toContainEqual(expect.objectContaining({ level: 'debug', path: '/tasker/health/live' }));
    expect(lines).toContainEqual(expect.objectContaining({ component: 'events', event: 'observability.worker.started' }));
    expect(server.out).not.toContain('canary-5e1c');
  }, 30_000); // prettier-ignore

  it('is made to be read in development', async () => {
    const server = start({ LOG_LEVEL: 'info' });
    const url = await server.url();
    await post(url);
    await eventually('the request is logged', () => server.out.includes('order-5'));
    expect(server.out).toMatch(/^\[[\d:.]+\] INFO: \[templates\] 0 templates and \d+ step handlers \(api, worker\)$/m);
    expect(server.out).toMatch(/^\[[\d:.]+\] INFO: \[http\] POST \/tasker\/tasks 400 \{.*"correlation_id":"order-5"/m);
    expect(server.lines.filter((line) => line.startsWith('{'))).toEqual([]);
  }, 30_000);

  it('is complete when an error that nobody has caught ends the process', async () => {
    const server = start({ NODE_ENV: 'production' });
    await server.url();
    server.child.kill('SIGUSR2');
    expect(await server.ended).toBe(1);
    const lines = server.lines.slice(-BURST - 1).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.slice(0, -1).map(({ msg }) => msg)).toEqual(Array.from({ length: BURST }, (_, n) => `line ${n}`));
    expect(lines.at(-1)).toMatchObject({
      level: 'fatal',
      component: 'server',
      err: { type: 'RangeError', message: 'nobody catches me, password=***', stack: expect.any(String) as string },
    });
  }, 30_000);

  it('ends with what it did last when it is stopped', async () => {
    const server = start({ NODE_ENV: 'production', LOG_LEVEL: 'debug' });
    await server.url();
    server.child.kill('SIGTERM');
    expect(await server.ended).toBe(0);
    expect(server.lines.at(-1)).toContain('"event":"observability.worker.stopped"');
  }, 30_000);

  it('is one message where the levels are wrong', async () => {
    const server = start({ LOG_LEVEL: 'loudly,wroker=debug,http=warn' });
    expect(await server.ended).toBe(1);
    expect(server.out).toBe('');
    expect(server.err).toMatch(/^Tasker cannot start: The settings are not valid:\n/);
    expect(server.err).toContain('LOG_LEVEL log.level: "loudly" is no level.');
    expect(server.err).toContain('"wroker" is no component. Did you mean "worker"?');
  }, 30_000);
});
