import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/persistence/embedded/embedded-postgres.js';
import { birthOf } from '../../src/persistence/embedded/process-birth.js';
import { FAST, Workshop } from '../support/embedded-starter.js';

const workshop = new Workshop();
afterAll(() => workshop.clear());

const start = (dataDir: string, settings: Record<string, string> = FAST) =>
  startEmbeddedPostgres({ dataDir, settings });

async function one<T>({ url }: { url: string }, sql: string): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows[0] as T;
  } finally {
    await client.end();
  }
}

describe('a server that was started', () => {
  let server: EmbeddedPostgres;
  beforeAll(async () => {
    server = await start(workshop.cluster(), { work_mem: '5MB' });
  });
  afterAll(() => server.release());

  it('keeps what it commits, and takes settings over the defaults', async () => {
    const settings = await one(
      server,
      `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
         current_setting('max_connections') as connections, current_setting('work_mem') as memory`,
    );
    expect(settings).toEqual({ fsync: 'on', commit: 'on', connections: '200', memory: '5MB' });
  });

  it('speaks UTF-8 and knows letters beyond ASCII, whatever locale the machine has', async () => {
    const facts = await one(server, `select upper('żółw') as upper, current_setting('server_encoding') as encoding`);
    expect(facts).toEqual({ upper: 'ŻÓŁW', encoding: 'UTF8' });
  });

  it('listens on 127.0.0.1 alone', async () => {
    const facts = await one(
      server,
      `select current_setting('listen_addresses') as addresses, current_setting('unix_socket_directories') as sockets`,
    );
    expect(facts).toEqual({ addresses: '127.0.0.1', sockets: '' });
  });

  it('lets nobody in without the password, which only its owner may read', async () => {
    const url = new URL(server.url);
    const file = join(server.dataDir, 'data', 'tasker.password');
    expect(readFileSync(file, 'utf8').trim()).toBe(url.password);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    url.password = 'wrong';
    await expect(one({ url: url.href }, 'select 1')).rejects.toThrow('password authentication failed');
  });

  it('leaves nothing half made beside the data', () => {
    expect(readdirSync(server.dataDir).sort()).toEqual(['data', 'server.log', 'users']);
  });
});

describe('release', () => {
  it('stops the server, and what was committed is there at the next start', async () => {
    const first = await start(workshop.cluster());
    await one(first, 'create table kept as select 42 as answer');
    await first.release();
    expect(birthOf(first.pid)).toBeNull();
    const second = await start(first.dataDir);
    expect(second.adopted).toBe(false);
    expect(await one(second, 'select answer from kept')).toEqual({ answer: 42 });
    await second.release();
  });

  it('leaves the server to those who still use it, and does nothing the second time', async () => {
    const first = await start(workshop.cluster());
    const second = await start(first.dataDir);
    expect(second).toMatchObject({ adopted: true, pid: first.pid, port: first.port, url: first.url });
    await Promise.all([first.release(), first.release()]);
    expect(await one(second, 'select 1 as alive')).toEqual({ alive: 1 });
    await second.release();
    expect(birthOf(first.pid)).toBeNull();
  });

  it('counts a user in another process', async () => {
    const dataDir = workshop.cluster();
    const other = workshop.starter(dataDir);
    const { pid } = await other.answer();
    await (await start(dataDir)).release();
    expect(await other.query('select 1 as alive')).toEqual([{ alive: 1 }]);
    await other.release();
    expect(birthOf(pid)).toBeNull();
  });
});

describe('startEmbeddedPostgres', () => {
  it('takes another port when somebody else listens on the last one', async () => {
    const first = await start(workshop.cluster());
    await first.release();
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(first.port, '127.0.0.1', resolve));
    const second = await start(first.dataDir);
    expect(second.port).not.toBe(first.port);
    await second.release();
    squatter.close();
  });

  it('makes one cluster and one server for starters that come at the same moment', async () => {
    const dataDir = workshop.cluster();
    const starters = Array.from({ length: 4 }, () => workshop.starter(dataDir));
    const answers = await Promise.all(starters.map((starter) => starter.answer()));
    expect(new Set(answers.map(({ pid }) => pid)).size).toBe(1);
    expect(answers.filter(({ adopted }) => !adopted)).toHaveLength(1);
    await Promise.all(starters.map((starter) => starter.release()));
    expect(birthOf(answers[0]!.pid)).toBeNull();
  });

  it('gives a copy of a running cluster a server and users of its own', async () => {
    const original = await start(workshop.cluster());
    const copied = workshop.cluster();
    cpSync(original.dataDir, copied, { recursive: true });
    // some copies keep the mode of a folder, some do not
    chmodSync(join(copied, 'data'), 0o755);
    const copy = await start(copied);
    expect(copy.adopted).toBe(false);
    expect(copy.pid).not.toBe(original.pid);
    await copy.release();
    expect(birthOf(copy.pid)).toBeNull();
    expect(await one(original, 'select 1 as alive')).toEqual({ alive: 1 });
    await original.release();
    expect(birthOf(original.pid)).toBeNull();
  });

  it('says which version made a cluster that no PostgreSQL here can open', async () => {
    const server = await start(workshop.cluster());
    await server.release();
    writeFileSync(join(server.dataDir, 'data', 'PG_VERSION'), '13\n');
    await expect(start(server.dataDir)).rejects.toMatchObject({
      code: 'embedded_database_failed',
      message: expect.stringContaining('the cluster was made by PostgreSQL 13, which is not here'),
    });
  });

  it('leaves alone a folder of data that is no cluster', async () => {
    const dataDir = workshop.cluster();
    cpSync(join(__dirname), join(dataDir, 'data'), { recursive: true });
    await expect(start(dataDir)).rejects.toThrow('is not empty and no cluster either');
    expect(existsSync(join(dataDir, 'data', 'embedded-postgres.spec.ts'))).toBe(true);
  });

  it('shows the end of the log when the server refuses to start', async () => {
    const dataDir = workshop.cluster();
    await expect(start(dataDir, { ...FAST, shared_buffers: 'much' })).rejects.toMatchObject({
      code: 'embedded_database_failed',
      message: expect.stringMatching(/invalid value for parameter "shared_buffers": "much"[^]*DATABASE_URL/),
    });
    expect(readdirSync(join(dataDir, 'users'))).toEqual([]);
  });
});
