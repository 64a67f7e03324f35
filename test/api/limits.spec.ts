import { Client } from 'pg';
import { TokenBuckets } from '../../src/api/request/token-buckets.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import type { Operation } from './live-contract.js';
import { sendRaw } from './raw-http.js';
import { ADAPTERS, GOOD, startApi, type ApiServer } from './api-server.js';

describe('TokenBuckets', () => {
  it('lets a burst pass, then as many as the rate allows', () => {
    const buckets = new TokenBuckets(2, 3);
    expect([0, 0, 0, 0].map((now) => buckets.take('a', now).allowed)).toEqual([true, true, true, false]);
    expect(buckets.take('a', 400)).toEqual({ allowed: false, remaining: 0, waitSeconds: 1 });
    expect(buckets.take('a', 500).allowed).toBe(true);
    expect(buckets.take('a', 60_000)).toMatchObject({ allowed: true, remaining: 2 });
  });

  it('counts callers apart', () => {
    const buckets = new TokenBuckets(0.1, 1);
    expect(buckets.take('a', 0).allowed).toBe(true);
    expect(buckets.take('b', 0).allowed).toBe(true);
    expect(buckets.take('a', 0)).toEqual({ allowed: false, remaining: 0, waitSeconds: 10 });
  });
});

describe.each(ADAPTERS)('limits under %s', (adapter) => {
  let database: TestDatabase;
  let server: ApiServer;
  beforeAll(async () => {
    database = await createTestDatabase();
    server = await startApi(adapter, {
      databaseUrl: database.url,
      http: { maxBacklog: 4, rateLimit: { perSecond: 0.01, burst: 12 } },
    });
  });
  afterAll(async () => {
    await server?.stop();
    await database?.drop();
  });

  it('a list that takes too long to find is answered with 503, and says how to narrow it', async () => {
    const db = new Client({ connectionString: database.url });
    await db.connect();
    try {
      // whoever waits for a lock takes as long as somebody who searches
      await db.query('begin; lock table tasker.task in access exclusive mode');
      const { body, headers } = await server.http.get('/tasker/tasks?context.cart_id=1').expect(503);
      expect(headers['retry-after']).toMatch(/^\d+$/);
      expect(body).toMatchObject({ code: 'list_timeout', detail: expect.stringMatching(/created_after/) as string });
    } finally {
      await db.end();
    }
    await server.http.get('/tasker/tasks?context.cart_id=1').expect(200, { tasks: [], next_cursor: null });
  }, 20_000);

  it('no more tasks are created while too many steps wait', async () => {
    const tasks = Array(3).fill(GOOD);
    const { body: bulk } = await server.http.post('/tasker/tasks/bulk').send({ tasks }).expect(200);
    expect((bulk as { results: unknown[] }).results).toHaveLength(3);
    const deadline = Date.now() + 10_000;
    let answer = await server.http.post('/tasker/tasks').send(GOOD);
    // it is looked at once a second
    while (answer.status === 201 && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      answer = await server.http.post('/tasker/tasks').send(GOOD);
    }
    expect(answer.status).toBe(503);
    expect(answer.headers).toMatchObject({
      'retry-after': '5',
      'content-type': expect.stringMatching(/problem/) as string,
    });
    expect(answer.body).toMatchObject({ code: 'backlog_full', status: 503 });
    const before = await server.countRows();
    await server.http.post('/tasker/tasks/bulk').send({ tasks }).expect(503);
    expect(await server.countRows()).toEqual(before);
    await server.http.get('/tasker/tasks').expect(200);
  }, 20_000);

  it('a caller who has used up its share is answered with 429, and probes of health are not counted', async () => {
    let answer = await server.http.get('/tasker/tasks');
    for (let sent = 0; answer.status === 200 && sent < 12; sent++) {
      const left = Number(answer.headers['ratelimit-remaining']);
      answer = await server.http.get('/tasker/tasks');
      expect(Number(answer.headers['ratelimit-remaining'])).toBe(Math.max(0, left - 1));
    }
    expect(answer.status).toBe(429);
    expect(answer.headers).toMatchObject({ 'ratelimit-limit': '12', 'ratelimit-remaining': '0' });
    expect(Number(answer.headers['retry-after'])).toBe(Number(answer.headers['ratelimit-reset']));
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(50);
    expect(answer.body).toMatchObject({ code: 'rate_limited', status: 429 });
    await server.http.get('/tasker/health/live').expect(200);
  });
});

describe('the share of callers who say who they are', () => {
  let server: ApiServer;
  beforeAll(async () => {
    const authenticator = {
      authenticate: ({ headers }: { headers: Record<string, unknown> }) => ({
        name: String(headers['x-test-name']),
        permissions: ['*'],
      }),
    };
    server = await startApi('fastify', { auth: { authenticator }, http: { rateLimit: { perSecond: 0.01, burst: 1 } } });
  });
  afterAll(() => server?.stop());

  it('is counted by name, not by address', async () => {
    const ask = (name: string) => server.http.get('/tasker/tasks').set('X-Test-Name', name);
    await ask('ann').expect(200);
    await ask('ann').expect(429);
    await ask('bob').expect(200);
  });
});

describe('what is no HTTP under fastify', () => {
  let server: ApiServer;
  beforeAll(async () => {
    server = await startApi('fastify');
  });
  afterAll(() => server?.stop());

  const GET_TASKS = { method: 'get', path: '/tasker/tasks' } as Operation;

  it.each([
    { fact: 'headers that are too large', value: 'x'.repeat(20_000), status: 431 },
    { fact: 'a header with a NUL', value: 'a\u0000b', status: 400 },
  ])('is answered as a problem: $fact', async ({ value, status }) => {
    const port = Number(new URL(await server.app.getUrl()).port);
    const headers: [string, string][] = [['Cookie', value]];
    const answer = await sendRaw(port, {
      operation: GET_TASKS,
      target: GET_TASKS.path,
      headers,
      body: null,
      routed: true,
    });
    expect(answer).toMatchObject({ status, type: 'application/problem+json; charset=utf-8' });
    expect(JSON.parse(answer.text)).toMatchObject({
      status,
      errors: [],
      detail: expect.stringMatching(/16 KiB|HTTP/) as string,
    });
  });
});
