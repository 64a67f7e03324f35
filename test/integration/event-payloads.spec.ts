import { EventCatalog, PermanentError, type EventInfo } from '../../src/index.js';
import { engines, eventually, Gate, graph, single, type Engine } from '../support/engine.js';
import { SqlEngine } from '../support/sql-engine.js';

const { start, beside } = engines();

const QUICK = { silentMs: 600, heartbeatMs: 100, pollMs: 50 };

const { catalog } = new EventCatalog();
/** Of all events that any of the tests saw. */
const seen = new Set<string>();

/** The harness holds every payload under its schema; here also that it leaves the process as it is. */
function check(engine: Engine): void {
  expect(engine.events.length).toBeGreaterThan(0);
  for (const payload of engine.events) {
    expect(JSON.parse(JSON.stringify(payload))).toEqual(payload);
    seen.add(payload.event);
  }
}

const told = (engine: Engine, taskId: string, event: string): Promise<void> =>
  eventually(`${event} is out`, () => engine.eventsOf(taskId).includes(event));

/** An engine on whose database a worker died with the first steps of a task, or hangs with them. */
async function orphaned(step: object, does: 'died' | 'hangs'): Promise<{ engine: Engine; taskId: string }> {
  const template = graph('order', { a: [], b: ['a'] }, { each: { timeout_seconds: 1, ...step } });
  const api = await start({ templates: [template], roles: ['api'] });
  const { taskId } = await api.create('order');
  const sql = await SqlEngine.beside(api);
  const other = await sql.worker('other');
  await other.claim();
  if (does === 'died') await sql.silence(other, 60_000);
  else {
    await api.sql(`update worker set seen_at = now() + interval '1 hour', blocked_since = now() - interval '5 s'`);
    await api.sql(`update step set started_at = now() - interval '1 minute' where state = 'in_progress'`);
  }
  await sql.stop();
  const engine = await beside(api, { templates: [template], handlers: { a: () => 1, b: () => 2 }, worker: QUICK });
  await engine.finished(taskId);
  check(api);
  return { engine, taskId };
}

describe('payloads are valid under their schemas where', () => {
  it('steps complete with any result, are retried, fail, time out and are skipped', async () => {
    const engine = await start({
      templates: [
        graph('all', { none: [], nothing: ['none'], object: [], flaky: [], bypassed: [], bad: [], code: [] }),
        single('slow', { timeout_seconds: 0.02, default_retry_limit: 2 }),
        single('lenient', { skippable: true }),
        single('late', { timeout_seconds: 0.02, default_retry_limit: 1, skippable: true }),
      ],
      handlers: {
        none: () => undefined,
        nothing: () => null,
        object: () => ({ deep: [{ date: new Date(0) }] }),
        flaky: ({ step }) => {
          if (step.attempt === 1) throw new Error('');
          return 'text';
        },
        bypassed: () => 1,
        bad: () => {
          throw new PermanentError('no', { errorCode: 'E1', errorCategory: 'business' });
        },
        code: () => Promise.reject(Object.assign(Object.create(null) as Error, { code: 7, message: 5 })),
        slow: () => new Promise(() => undefined),
        lenient: () => {
          throw new TypeError('no');
        },
        late: () => new Promise(() => undefined),
      },
    });
    for (const name of ['slow', 'lenient', 'late']) {
      const { taskId } = await engine.run(name);
      await told(engine, taskId, name === 'slow' ? 'task.failed' : 'task.completed');
    }
    const { taskId } = await engine.run('all', { bypassSteps: ['bypassed'] });
    await told(engine, taskId, 'task.failed');
    expect(engine.eventsOf(taskId)).toEqual(expect.arrayContaining(['step.skipped', 'step.retry_scheduled']));
    await engine.stop();
    check(engine);
  });

  it('a task is cancelled while steps run, wait and were never ready', async () => {
    const gate = new Gate();
    const engine = await start({
      templates: [graph('long', { first: [], running: ['first'], waits: ['running'] })],
      handlers: { first: () => 1, running: () => gate.pass(), waits: () => 1 },
    });
    const { taskId } = await engine.create('long');
    await gate.reached();
    await engine.client.cancelTask(taskId);
    gate.open();
    await told(engine, taskId, 'task.cancelled');
    const attempts = engine.events.filter(({ event }) => event === 'step.cancelled').map(({ attempt }) => attempt);
    expect(attempts.sort()).toEqual([0, 1]);
    check(engine);
  });

  it('a task runs longer than it may', async () => {
    const engine = await start({
      templates: [single('long', {}, { max_duration_seconds: 0.2 })],
      handlers: { long: () => new Promise(() => undefined) },
      worker: QUICK,
    });
    const { taskId } = await engine.run('long');
    await told(engine, taskId, 'task.failed');
    expect(engine.eventsOf(taskId)).toContain('step.timed_out');
    check(engine);
  });

  it.each([
    ['died', {}, 'step.retry_scheduled'],
    ['died', { default_retry_limit: 1 }, 'task.failed'],
    ['died', { default_retry_limit: 1, skippable: true }, 'step.skipped'],
    ['hangs', {}, 'step.retry_scheduled'],
    ['hangs', { default_retry_limit: 1, skippable: true }, 'step.skipped'],
  ] as const)('a worker %s with a step of which %j', async (does, step, last) => {
    const { engine, taskId } = await orphaned(step, does);
    const first = does === 'died' ? 'step.worker_lost' : 'step.timed_out';
    await told(engine, taskId, first);
    if (last !== 'step.retry_scheduled' || does === 'hangs') await told(engine, taskId, last);
    check(engine);
  });

  it('any event of a running task or a worker is published: each was seen above', () => {
    const engines = ['EngineEvents', 'RescueEvents', 'WorkerEvents', 'TaskCreation'];
    const ours = Object.values<EventInfo>(catalog).filter(({ fired_by }) =>
      fired_by.some((by) => engines.includes(by)),
    );
    expect(ours.length).toBeGreaterThan(20);
    expect(ours.map(({ name }) => name).filter((name) => !seen.has(name))).toEqual([]);
  });
});
