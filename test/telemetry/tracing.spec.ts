import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import type { JsonObject } from '../../src/core/json.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually, graph, single } from '../support/engine.js';
import { HttpReceiver } from '../support/http-receiver.js';
import type { Program } from '../chaos/program.js';
import { OtlpReceiver, type ReceivedSpan } from './otlp-receiver.js';
import { treeOf } from './trace-tree.js';
import { TracedProcess, tracedProgram } from './traced.js';

let receiver: OtlpReceiver;
let service: HttpReceiver;
let database: TestDatabase;
let db: Client;
let program: Program;
let api: string;
let worker: TracedProcess;
const running: TracedProcess[] = [];

const step = (config: JsonObject, more: object = {}) => ({ handler_class: 'do', handler_config: config, ...more });

const templates = () => [
  graph('diamond', { a: [], b: ['a'], c: ['a'], d: ['b', 'c'] }, { handler: 'do' }),
  single('tick', step({})),
  single('flaky', step({ fail_first: 1 })),
  single('doomed', step({ fail_first: -1 })),
  single('slow', step({ hang: true }, { timeout_seconds: 0.1, default_retry_limit: 1 })),
  single('lost', step({ first_waits_ms: 60_000 })),
  single('calling', { handler_class: 'call', handler_config: { url: `http://${service.host}/pay?api_key=hush` } }),
  single('fetching', { handler_class: 'fetch', handler_config: { url: `http://${service.host}/fetched` } }),
  single('querying', step({ query: 'select 42 as answer' })),
  single('spanning', step({ span: 'my own work' })),
  single('delegating', step({ create: 'tick' })),
];

beforeAll(async () => {
  [receiver, service, database] = await Promise.all([
    new OtlpReceiver().start(),
    new HttpReceiver().start(),
    createTestDatabase(),
  ]);
  db = new Client({ connectionString: database.url });
  await db.connect();
  program = tracedProgram();
  // the requests of these tests say whether they are sampled; where one does not, every second is
  const sampling = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.5' };
  const server = start('api', ['api'], sampling);
  worker = start('steps', ['worker']);
  ({ url: api } = await server.ready);
  await worker.ready;
}, 60_000);

afterAll(async () => {
  await Promise.all(running.map((one) => one.end('SIGKILL')));
  await db.end();
  await Promise.all([receiver.stop(), service.stop(), database.drop()]);
  program.remove();
});

function start(name: string, roles: ('api' | 'worker')[], variables: Record<string, string> = {}): TracedProcess {
  const settings = { slots: 5, pollMs: 100, heartbeatMs: 200, silentMs: 1_500 };
  const orders = { databaseUrl: database.url, roles, templates: templates(), worker: settings };
  const started = new TracedProcess(program, orders, {
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_SERVICE_NAME: name,
    OTEL_BSP_SCHEDULE_DELAY: '50',
    ...variables,
  });
  running.push(started);
  return started;
}

/** Asks for a task as somebody who has a trace of their own, or none. @returns the trace */
async function create(name: string, flags: '00' | '01' | null = '01'): Promise<{ traceId: string; taskId: string }> {
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  const answer = await fetch(`${api}/tasker/tasks`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(flags && { traceparent: `00-${traceId}-${spanId}-${flags}` }),
    },
    body: JSON.stringify({ name, context: {}, initiator: 'test', reason: 'to see', source_system: 'jest' }),
  });
  return { traceId, taskId: ((await answer.json()) as { task_id: string }).task_id };
}

/** The whole trace of a task, once it has settled. */
async function traceOf(name: string): Promise<{ spans: ReceivedSpan[]; taskId: string }> {
  const { traceId, taskId } = await create(name);
  await receiver.until(traceId, `tasker.task.run ${name}`);
  // the request's own span, which ends after the answer, may come last
  return { spans: await receiver.until(traceId, 'POST /tasker/tasks'), taskId };
}

const named = (spans: readonly ReceivedSpan[], name: string): ReceivedSpan =>
  spans.find((span) => span.name === name) ?? fail(`no ${name} in ${treeOf(spans).join('\n')}`);

function fail(message: string): never {
  throw new Error(message);
}

async function statesOf(taskIds: string[]): Promise<string[]> {
  const { rows } = await db.query<{ state: string }>('select state from tasker.task where id = any ($1)', [taskIds]);
  return rows.map((row) => row.state);
}

const isComplete = async (taskId: string): Promise<boolean> => (await statesOf([taskId]))[0] === 'complete';

describe('the trace of a task', () => {
  it('goes from the request over the task to its attempts, through two processes', async () => {
    const { spans, taskId } = await traceOf('diamond');
    expect(treeOf(spans).map((line) => line.replace(/ test_.*/, ''))).toEqual([
      'POST /tasker/tasks',
      '  tasker.task diamond',
      '    tasker.task.run diamond complete',
      '    tasker.step a #1 succeeded',
      '    tasker.step b #1 succeeded',
      '    tasker.step c #1 succeeded',
      '    tasker.step d #1 succeeded',
      '  pg.query:SELECT',
    ]);
    const task = named(spans, 'tasker.task diamond');
    const attempts = spans.filter(({ attributes }) => attributes['tasker.step.name'] !== undefined);
    expect(attempts.map(({ parentSpanId }) => parentSpanId)).toEqual(Array(4).fill(task.spanId));
    expect(task).toMatchObject({ service: 'api', kind: 'producer', scope: 'nest-tasker' });
    expect(named(spans, 'tasker.step d')).toMatchObject({
      service: 'steps',
      kind: 'consumer',
      status: { code: 'unset' },
      attributes: {
        'tasker.task.id': taskId,
        'tasker.task.name': 'diamond',
        'tasker.namespace': 'default',
        'tasker.task.version': '0.1.0',
        'tasker.step.name': 'd',
        'tasker.attempt': 1,
        'tasker.retry_limit': 3,
        'tasker.attempt.outcome': 'succeeded',
      },
    });
    expect(named(spans, 'POST /tasker/tasks').attributes).toMatchObject({
      'http.route': '/tasker/tasks',
      'http.response.status_code': 201,
    });
  });

  it('has attempts that begin when those before them are over, and a run that holds them all', async () => {
    const { spans } = await traceOf('diamond');
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => named(spans, `tasker.step ${name}`));
    for (const [earlier, later] of [
      [a, b],
      [a, c],
      [b, d],
      [c, d],
    ] as const) {
      expect(later!.startMs).toBeGreaterThanOrEqual(earlier!.endMs);
    }
    const run = named(spans, 'tasker.task.run diamond');
    expect(run.attributes['tasker.task.status']).toBe('complete');
    expect(run.endMs).toBeGreaterThanOrEqual(Math.floor(d!.endMs));
  });

  it('has a retry beside the attempt that failed, with its error and without its secrets', async () => {
    const { spans } = await traceOf('flaky');
    const task = named(spans, 'tasker.task flaky');
    const [first, second] = spans.filter(
      ({ parentSpanId, kind }) => parentSpanId === task.spanId && kind === 'consumer',
    );
    expect([first!.attributes['tasker.attempt'], second!.attributes['tasker.attempt']]).toEqual([1, 2]);
    expect(first).toMatchObject({
      status: { code: 'error', message: 'attempt 1 failed with password=***' },
      attributes: { 'tasker.attempt.outcome': 'failed', 'error.type': 'Error', 'tasker.retryable': true },
      events: [{ name: 'exception', attributes: { 'exception.message': 'attempt 1 failed with password=***' } }],
    });
    expect(first!.attributes['tasker.next_retry_at']).toMatch(/^\d{4}-.*Z$/);
    expect(JSON.stringify(first)).not.toContain('hush');
    expect(second).toMatchObject({ status: { code: 'unset' }, links: [] });
  });

  it('says of a step that failed for good why, and that the task has failed', async () => {
    const { spans } = await traceOf('doomed');
    expect(named(spans, 'tasker.step only')).toMatchObject({
      status: { code: 'error', message: 'for good' },
      attributes: { 'error.type': 'FOR_GOOD', 'tasker.error.category': 'test', 'tasker.retryable': false },
    });
    expect(named(spans, 'tasker.task.run doomed')).toMatchObject({
      status: { code: 'error' },
      attributes: { 'tasker.task.status': 'error' },
    });
  });

  it('has an attempt that ran into its timeout for as long as it ran', async () => {
    const { spans } = await traceOf('slow');
    const attempt = named(spans, 'tasker.step only');
    expect(attempt).toMatchObject({
      status: { code: 'error' },
      attributes: { 'tasker.attempt.outcome': 'timed_out', 'error.type': 'STEP_TIMEOUT' },
    });
    expect(attempt.endMs - attempt.startMs).toBeGreaterThanOrEqual(95);
    expect(attempt.endMs - attempt.startMs).toBeLessThan(5_000);
  });

  it('goes on in a task that a step creates', async () => {
    const { traceId } = await create('delegating');
    const spans = await receiver.until(traceId, 'tasker.task.run tick');
    const creator = spans.find(
      ({ kind, attributes }) => kind === 'consumer' && attributes['tasker.task.name'] === 'delegating',
    );
    expect(named(spans, 'tasker.task tick').parentSpanId).toBe(creator!.spanId);
  });
});

describe('below an attempt', () => {
  it('stands the call of an ApiStepHandler, which gets one traceparent, and baggage', async () => {
    const { spans, taskId } = await traceOf('calling');
    const call = spans.find(({ kind, scope }) => kind === 'client' && scope.endsWith('http'))!;
    expect(call.parentSpanId).toBe(named(spans, 'tasker.step only').spanId);
    expect(JSON.stringify(call.attributes)).not.toContain('hush');
    const { headers } = service.requests.find(({ path }) => path.startsWith('/pay'))!;
    expect(headers.traceparent).toBe(`00-${call.traceId}-${call.spanId}-01`);
    expect(headers.baggage).toContain(`tasker.task.id=${taskId}`);
    expect(headers.baggage).toContain(`tasker.correlation_id=${String(headers['x-correlation-id'])}`);
  });

  it('stands what it fetches', async () => {
    const { spans } = await traceOf('fetching');
    const call = spans.find(({ kind, scope }) => kind === 'client' && scope.endsWith('undici'))!;
    expect(call.parentSpanId).toBe(named(spans, 'tasker.step only').spanId);
    const { headers } = service.requests.find(({ path }) => path === '/fetched')!;
    expect(headers.traceparent).toBe(`00-${call.traceId}-${call.spanId}-01`);
  });

  it('stand its statements, and nothing of what the engine does for itself', async () => {
    const { spans } = await traceOf('querying');
    const attempt = named(spans, 'tasker.step only');
    const statements = spans.filter(({ scope }) => scope.endsWith('-pg'));
    const own = statements.filter(({ parentSpanId }) => parentSpanId === attempt.spanId);
    expect(own.map(({ attributes }) => attributes['db.query.text'])).toContain('select 42 as answer');
    expect(own.length).toBeLessThan(6);
    const request = named(spans, 'POST /tasker/tasks');
    expect(statements.filter((one) => !own.includes(one)).map(({ parentSpanId }) => parentSpanId)).toEqual([
      request.spanId,
    ]);
  });

  it('stand spans of the handler’s own, with secrets masked', async () => {
    const { spans } = await traceOf('spanning');
    const mine = named(spans, 'my own work');
    expect(mine.parentSpanId).toBe(named(spans, 'tasker.step only').spanId);
    expect(mine.attributes).toEqual({ 'http.request.header.authorization': '***', api_key: '***', colour: 'red' });
  });
});

describe('sampling', () => {
  it('is obeyed by every process where the caller has decided against it', async () => {
    const { traceId, taskId } = await create('calling', '00');
    await eventually('it is complete', () => isComplete(taskId));
    // what comes after it has come
    await traceOf('tick');
    expect(receiver.trace(traceId)).toEqual([]);
    const told = service.requests
      .map(({ headers }) => headers.traceparent)
      .filter((one) => String(one).includes(traceId));
    expect(told).toEqual([expect.stringMatching(/-00$/)]);
  });

  it('is decided once for each task, so that a trace is whole or not there', async () => {
    const created = await Promise.all(Array.from({ length: 30 }, () => create('tick', null)));
    const ids = created.map(({ taskId }) => taskId);
    const sql = `select traceparent from tasker.task where id = any ($1)`;
    const { rows } = await db.query<{ traceparent: string }>(sql, [ids]);
    const sampled = rows
      .filter(({ traceparent }) => traceparent.endsWith('-01'))
      .map((row) => row.traceparent.slice(3, 35));
    expect(sampled.length).toBeGreaterThan(0);
    expect(sampled.length).toBeLessThan(30);
    for (const traceId of sampled) await receiver.until(traceId, 'tasker.task.run tick');
    await eventually('all are complete', async () => (await statesOf(ids)).every((one) => one === 'complete'));
    await traceOf('tick');
    const traced = receiver.spans.filter(({ attributes }) => ids.includes(String(attributes['tasker.task.id'])));
    expect(new Set(traced.map(({ traceId }) => traceId))).toEqual(new Set(sampled));
    expect(traced).toHaveLength(3 * sampled.length);
  });
});

describe('a worker that is killed', () => {
  it('leaves a span to its heir, whose own attempt links to it; the heir’s are delivered when it is shut down', async () => {
    const { traceId, taskId } = await create('lost');
    const step = `select state = 'in_progress' as runs from tasker.step where task_id = $1`;
    await eventually('it runs', async () => (await db.query<{ runs: boolean }>(step, [taskId])).rows[0]!.runs);
    await worker.end('SIGKILL');
    const heir = start('heir', ['worker'], { OTEL_BSP_SCHEDULE_DELAY: '600000' });
    await heir.ready;
    await eventually('it is complete', () => isComplete(taskId), 15_000);
    expect(receiver.trace(traceId).filter(({ service: by }) => by !== 'api')).toEqual([]);
    await heir.end('SIGTERM');

    const spans = receiver.trace(traceId);
    expect(treeOf(spans.filter(({ kind, service: by }) => by === 'heir' || kind === 'producer'))).toEqual([
      'tasker.task lost',
      '  tasker.task.run lost complete',
      '  tasker.step only #1 worker_lost !',
      '  tasker.step only #2 succeeded',
    ]);
    const [lost, second] = spans
      .filter(({ name }) => name === 'tasker.step only')
      .sort((a, b) => a.startMs - b.startMs);
    expect(lost!.endMs - lost!.startMs).toBeGreaterThan(1_000);
    expect(second!.links).toEqual([
      {
        traceId,
        spanId: lost!.spanId,
        attributes: { 'tasker.attempt': 1, 'tasker.attempt.outcome': 'worker_lost' },
      },
    ]);
  }, 60_000);
});
