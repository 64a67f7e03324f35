import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { StepHandlerRegistry } from '../../src/index.js';
import { WorkerService } from '../../src/worker/worker.service.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { ADAPTERS, GOOD, startApi, type ApiServer } from './api-server.js';
import { LIVED, LIVED_HANDLERS } from './lived-task.js';
import { SeverableDatabase } from './severable-database.js';

interface Answer {
  status: string;
  checks: Record<string, { status: string; detail: string }>;
}

/** Asks until the answer is as wanted: answers serve for a quarter of a second. */
async function until(server: ApiServer, status: number, path = 'ready'): Promise<Answer> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const answer = await server.http.get(`/tasker/health/${path}`);
    if (answer.status === status) return answer.body as Answer;
    if (Date.now() > deadline) throw new Error(`never ${status}: ${answer.text}`);
    await delay(50);
  }
}

async function sql(url: string, text: string): Promise<void> {
  const db = new Client({ connectionString: url });
  await db.connect();
  await db.query(text).finally(() => db.end());
}

/** Holds a lock until it is let go of. */
async function locked(url: string, table: string, mode: string): Promise<() => Promise<void>> {
  const db = new Client({ connectionString: url });
  await db.connect();
  await db.query(`begin; lock table tasker.${table} in ${mode} mode`);
  return () => db.end();
}

describe.each(ADAPTERS)('health under %s', (adapter) => {
  let database: TestDatabase;
  let way: SeverableDatabase;
  let server: ApiServer;

  beforeEach(async () => {
    database = await createTestDatabase();
    way = await SeverableDatabase.to(database.url);
    server = await startApi(adapter, { databaseUrl: way.url });
  });
  afterEach(async () => {
    await server?.stop();
    await way?.sever();
    await database?.drop();
  });

  it('is ready where the database answers, the schema is of this release, and the process is as it started', async () => {
    const { body } = await server.http.get('/tasker/health/ready').expect(200);
    const up = (detail: RegExp) => ({
      status: 'up',
      detail: expect.stringMatching(detail) as string,
      latency_ms: expect.any(Number) as number,
    });
    expect(body).toEqual({
      status: 'ready',
      checks: {
        database: up(/^answered in \d+ ms$/),
        migrations: up(/applied, none pending$/),
        event_loop: up(/^lagged by \d+ ms at most within the last 5 s$/),
        registries: up(/^\d as registered$/),
      },
    });
  });

  it('is not ready while the database is away, yet lives, and says no address', async () => {
    await way.sever();
    const answer = await until(server, 503);
    expect(answer).toMatchObject({ status: 'not_ready', checks: { database: { status: 'down' } } });
    expect(JSON.stringify(answer)).not.toMatch(/127\.0\.0\.1|postgres:|password|\d{5}/);
    await server.http.get('/tasker/health/live').expect(200);
    await way.restore();
    await until(server, 200);
  });

  it('is not ready, within about a second, where the database does not answer', async () => {
    await server.http.get('/tasker/health/ready').expect(200);
    way.stall();
    await delay(300);
    const startedAt = Date.now();
    const { body } = await server.http.get('/tasker/health/ready').expect(503);
    expect(Date.now() - startedAt).toBeLessThan(3000);
    expect(body).toMatchObject({ checks: { database: { detail: 'no answer within 1000 ms' } } });
    await way.sever();
  });

  it('stays ready where a newer release has migrated the schema, as in a rolling deploy', async () => {
    await sql(database.url, `insert into tasker.migration (timestamp, name) values (9999999999999, 'Later9999999999999')`);
    const { body } = await server.http.get('/tasker/health/ready').expect(200);
    expect(body).toMatchObject({ checks: { migrations: { status: 'up', detail: '1 applied by a newer release' } } });
  }); // prettier-ignore

  it('is not ready while a migration is pending', async () => {
    await sql(database.url, 'create table kept as select * from tasker.migration; delete from tasker.migration');
    const { checks } = await until(server, 503);
    expect(checks.migrations).toMatchObject({ status: 'down', detail: expect.stringMatching(/^pending: /) as string });
    await sql(database.url, 'insert into tasker.migration select * from kept');
    await until(server, 200);
  });

  it('answers requests with 503 and Retry-After while the database is away', async () => {
    await way.sever();
    for (const request of [server.http.post('/tasker/tasks').send(GOOD), server.http.get('/tasker/tasks')]) {
      const { body, headers, text } = await request.expect(503);
      expect(headers).toMatchObject({ 'retry-after': '5' });
      expect(body).toMatchObject({ code: 'database_unavailable' });
      expect(text).not.toMatch(/127\.0\.0\.1|ECONN|Connection/);
    }
    await way.restore();
    await server.http.post('/tasker/tasks').send(GOOD).expect(201);
  });

  it('tells in its status how the cluster stands, as far as it can find out', async () => {
    const stale = `now() - interval '60 seconds'`;
    await sql(
      database.url,
      `insert into tasker.worker (name, host, pid, slots, seen_at) values
         ('alive', 'a', 1, 10, now()), ('silent', 'b', 2, 20, ${stale}), ('gone', 'c', 3, 5, ${stale});
       update tasker.worker set state = 'stopped' where name = 'gone'`,
    );
    await server.http.post('/tasker/tasks').send(GOOD).expect(201);
    const { body } = await server.http.get('/tasker/health/status').expect(200);
    expect(body).toMatchObject({
      status: 'degraded',
      checks: { workers: { status: 'degraded', detail: '1 of 2 are silent' }, subscriptions: { status: 'up' } },
      process: { pid: process.pid, roles: ['api'], version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string },
      worker: null,
      pool: { most: 4, waiting: 0 },
      disk: null,
      workers: {
        ...{ alive: 1, silent: 1, slots: 30 },
        workers: [{ name: 'silent', state: 'live' }, { name: 'alive', slots: 10 }],
      },
      queue: { ready: 2, more: false, oldest_ready_seconds: expect.any(Number) as number },
      subscriptions: [],
      registries: { step_handlers: { status: 'healthy', problems: [] } },
    }); // prettier-ignore
    await way.sever();
    // answers of the whole cluster serve for a second
    await delay(1_000);
    const outage = await until(server, 503, 'status');
    expect(outage).toMatchObject({ status: 'unhealthy', workers: null, queue: null, subscriptions: null });
    await way.restore();
    await until(server, 200, 'status');
  });
});

describe('readiness of a worker', () => {
  let database: TestDatabase;
  let server: ApiServer;

  beforeEach(async () => {
    database = await createTestDatabase();
    server = await startApi('express', {
      databaseUrl: database.url,
      templates: [LIVED],
      handlers: LIVED_HANDLERS,
      roles: ['api', 'worker'],
      worker: { silentMs: 1_000, heartbeatMs: 200, pollMs: 100 },
    });
    await until(server, 200);
  });
  afterEach(async () => {
    await server?.stop();
    await database?.drop();
  });

  it('ends while its heart does not beat', async () => {
    const release = await locked(database.url, 'worker', 'exclusive');
    const { checks } = await until(server, 503);
    expect(checks.worker!.detail).toMatch(/^last said that it lives \d+ s ago$/);
    await release();
    await until(server, 200);
  });

  it('ends while its pump does not go round', async () => {
    const release = await locked(database.url, 'step', 'access exclusive');
    const { checks } = await until(server, 503);
    expect(checks).toMatchObject({ database: { status: 'up' }, worker: { detail: expect.stringMatching(/^last asked for steps/) as string } }); // prettier-ignore
    await release();
    await until(server, 200);
  });

  it('ends for some seconds when the event loop has stood still', async () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_500);
    const { checks } = await until(server, 503);
    expect(checks.event_loop!.detail).toMatch(/^stood still for \d{4} ms within the last 5 s$/);
    await until(server, 200);
  });

  it('ends while a step handler is not what was registered', async () => {
    const { handler } = server.app.get(StepHandlerRegistry, { strict: false }).list()[0]!;
    Object.defineProperty(handler, 'process', { value: 'no method any more', configurable: true });
    const { checks } = await until(server, 503);
    expect(checks.registries).toMatchObject({ status: 'down', detail: 'not as registered: step_handlers (1)' });
    const { body } = await server.http.get('/tasker/health/status').expect(503);
    expect(body).toMatchObject({ registries: { step_handlers: { status: 'unhealthy', problems: [expect.any(String)] } } });
    delete (handler as { process?: unknown }).process;
    await until(server, 200);
  }); // prettier-ignore

  it('ends when the worker drains', async () => {
    expect((await until(server, 200)).checks.worker).toMatchObject({ status: 'up', detail: 'live' });
    const worker = server.app.get<{ drain(): Promise<void> }>(WorkerService, { strict: false });
    await worker.drain();
    expect((await until(server, 503)).checks.worker!.detail).toMatch(/draining|stopped/);
  });
});
