import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { WORKER_STATUS, type WorkerProbe } from '../../src/health/worker-status.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { ADAPTERS, GOOD, startApi, type ApiServer } from './api-server.js';
import { LIVED, LIVED_HANDLERS } from './lived-task.js';
import { SeverableDatabase } from './severable-database.js';

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

  const query = async (sql: string): Promise<void> => {
    const db = new Client({ connectionString: database.url });
    await db.connect();
    await db.query(sql).finally(() => db.end());
  };

  it('is ready where the database answers and the schema is of this release', async () => {
    const { body } = await server.http.get('/tasker/health/ready').expect(200);
    expect(body).toEqual({
      status: 'ready',
      checks: {
        database: { status: 'up', detail: expect.stringMatching(/^answered in \d+ ms$/) as string },
        migrations: { status: 'up', detail: expect.stringMatching(/applied, none pending$/) as string },
      },
    });
  });

  it('is not ready while the database is away, yet lives, and says no address', async () => {
    await way.sever();
    const { body, text } = await server.http.get('/tasker/health/ready').expect(503);
    expect(body).toMatchObject({ status: 'not_ready', checks: { database: { status: 'down' } } });
    expect(text).not.toMatch(/127\.0\.0\.1|postgres:|password|\d{5}/);
    await server.http.get('/tasker/health/live').expect(200);
    await way.restore();
    await server.http.get('/tasker/health/ready').expect(200);
  });

  it('is not ready, within about a second, where the database does not answer', async () => {
    await server.http.get('/tasker/health/ready').expect(200);
    way.stall();
    const startedAt = Date.now();
    const { body } = await server.http.get('/tasker/health/ready').expect(503);
    expect(Date.now() - startedAt).toBeLessThan(3000);
    expect(body).toMatchObject({ checks: { database: { detail: 'no answer within 1000 ms' } } });
    await way.sever();
  });

  it('stays ready where a newer release has migrated the schema, as in a rolling deploy', async () => {
    await query(`insert into tasker.migration (timestamp, name) values (9999999999999, 'Later9999999999999')`);
    const { body } = await server.http.get('/tasker/health/ready').expect(200);
    expect(body).toMatchObject({ checks: { migrations: { status: 'up', detail: '1 applied by a newer release' } } });
  });

  it('is not ready where a migration is pending', async () => {
    await query('delete from tasker.migration');
    const { body } = await server.http.get('/tasker/health/ready').expect(503);
    expect(body).toMatchObject({ checks: { migrations: { detail: expect.stringMatching(/^pending: /) as string } } });
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
});

describe('readiness of a worker', () => {
  it('follows its state and its last good poll', async () => {
    const server = await startApi('express', {
      templates: [LIVED],
      handlers: LIVED_HANDLERS,
      roles: ['api', 'worker'],
    });
    try {
      const ready = () => server.http.get('/tasker/health/ready');
      // it has to be answered once
      while ((await ready()).status !== 200) await delay(20);
      expect((await ready().expect(200)).body).toMatchObject({ checks: { worker: { status: 'up', detail: 'live' } } });
      const probe = server.app.get<WorkerProbe>(WORKER_STATUS, { strict: false });
      const lastPollAt = jest.spyOn(probe, 'lastPollAt', 'get').mockReturnValue(Date.now() - 16_000);
      expect((await ready().expect(503)).body).toMatchObject({
        checks: { worker: { status: 'down', detail: 'last asked for steps 16 s ago' } },
      });
      lastPollAt.mockRestore();
      await (probe as WorkerProbe & { drain(): Promise<void> }).drain();
      expect((await ready().expect(503)).body).toMatchObject({
        checks: { worker: { status: 'down', detail: expect.stringMatching(/draining|stopped/) as string } },
      });
    } finally {
      await server.stop();
    }
  });
});
