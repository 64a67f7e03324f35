import { ApiKeys } from '../../src/index.js';
import { Database } from '../../src/persistence/database.js';
import { readOpenMetrics, readPrometheus } from '../support/open-metrics.js';
import { eventually } from '../support/engine.js';
import { ADAPTERS, GOOD, startApi, type ApiServer } from './api-server.js';

const TEXT = ['charset=utf-8', 'text/plain', 'version=0.0.4'];
const OPEN_METRICS = ['application/openmetrics-text', 'charset=utf-8', 'version=1.0.0'];
/** As Prometheus sends it. */
const ACCEPT =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';

/** Express writes parameters in an order of its own. */
const typeOf = (headers: Record<string, string>): string[] => headers['content-type']!.split('; ').sort();

describe.each(ADAPTERS)('GET /tasker/metrics under %s', (adapter) => {
  let server: ApiServer;

  beforeAll(async () => {
    server = await startApi(adapter);
    await server.http.post('/tasker/tasks').send(GOOD).expect(201);
  });
  afterAll(() => server?.stop());

  it('answers in the text format of Prometheus, and keeps nothing in caches', async () => {
    const { headers, text } = await server.http.get('/tasker/metrics').expect(200);
    expect(typeOf(headers)).toEqual(TEXT);
    expect(headers).toMatchObject({ 'cache-control': 'no-store', vary: expect.stringContaining('Accept') });
    const { points } = readPrometheus(text).get('tasker_tasks_created_total')!;
    expect(points).toMatchObject([{ labels: { namespace: 'default', template: 'api_integration_task' }, value: 1 }]);
  });

  it('answers in OpenMetrics to those who ask for it', async () => {
    const { headers, text } = await server.http.get('/tasker/metrics').set('Accept', ACCEPT).expect(200);
    expect(typeOf(headers)).toEqual(OPEN_METRICS);
    const families = readOpenMetrics(text);
    expect(families.get('tasker_tasks_created')).toMatchObject({ type: 'counter', points: [{ value: 1 }] });
    expect(families.get('tasker_oldest_claimable_seconds')).toMatchObject({ unit: 'seconds' });
    expect(families.get('tasker_steps_claimable')!.points).toMatchObject([{ value: 2 }]);
  });

  it('answers HEAD', async () => {
    const { headers, text } = await server.http.head('/tasker/metrics').set('Accept', ACCEPT).expect(200);
    expect(typeOf(headers)).toEqual(OPEN_METRICS);
    expect(text ?? '').toBe('');
  });

  it('refuses a query that it does not know', async () => {
    const { body } = await server.http.get('/tasker/metrics?format=json').expect(400);
    expect(body).toMatchObject({ code: 'request_invalid', errors: [{ path: 'format' }] });
  });
});

describe('the metrics of a process that only runs steps', () => {
  let server: ApiServer;

  beforeAll(async () => void (server = await startApi('fastify', { roles: ['worker'], templates: [] })));
  afterAll(() => server?.stop());

  it('are there too', async () => {
    const { text } = await server.http.get('/tasker/metrics').expect(200);
    expect(readPrometheus(text).get('tasker_worker_slots')!.points[0]!.value).toBeGreaterThan(0);
  });
});

describe('who may see the metrics', () => {
  let server: ApiServer;
  let made = 0;

  beforeAll(async () => void (server = await startApi('fastify', { auth: { apiKeys: true } })));
  afterAll(() => server?.stop());

  const keyFor = async (permissions: string[], namespaces?: string[]): Promise<string> => {
    const keys = server.app.get(ApiKeys, { strict: false });
    return (await keys.create({ name: `key ${++made}`, permissions, namespaces })).key;
  };

  it.each([
    [['tasker.metrics:index'], undefined, 200],
    [['*'], undefined, 200],
    [['tasker.task:*'], undefined, 403],
    // they are of all namespaces together
    [['tasker.metrics:index'], ['payments'], 403],
  ])('with %j of the namespaces %j is told by %i', async (permissions, namespaces, status) => {
    const key = await keyFor(permissions, namespaces);
    await server.http.get('/tasker/metrics').set('Authorization', `Bearer ${key}`).expect(status);
  });

  it('is nobody without a key', async () => {
    await server.http.get('/tasker/metrics').expect(401);
  });
});

describe('a scrape while the database is gone', () => {
  it('tells what the process knows by itself, and that the rest could not be found out', async () => {
    const server = await startApi('express');
    try {
      await server.http.get('/tasker/metrics').expect(200);
      await server.app.get(Database, { strict: false }).close();
      await eventually('the answers are stale', async () => {
        const { text } = await server.http.get('/tasker/metrics').expect(200);
        const families = readPrometheus(text);
        const up = families.get('tasker_probe_up')!.points.find(({ labels }) => labels.probe === 'queue')!;
        if (up.value === 1) return false;
        expect(families.has('tasker_steps_claimable')).toBe(false);
        expect(families.has('tasker_event_loop_lag_seconds')).toBe(true);
        return true;
      });
    } finally {
      await server.stop();
    }
  });
});
