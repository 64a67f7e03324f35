import {
  aborted,
  engines,
  eventually,
  Gate,
  graph,
  LOG,
  single,
  type Engine,
  type EngineOptions,
} from '../support/engine.js';
import { SqlEngine, type Key } from '../support/sql-engine.js';

const { start, beside } = engines();

const QUICK = { silentMs: 600, heartbeatMs: 100, pollMs: 50 };

/** A task whose first steps a worker has claimed that was never heard of again. */
async function lost(
  options: EngineOptions,
  changes: object = {},
): Promise<{ api: Engine; taskId: string; keys: Key[] }> {
  const api = await start({ templates: options.templates, roles: ['api'] });
  const { taskId } = await api.create(options.templates![0]!.name, changes);
  const sql = await SqlEngine.beside(api);
  const dead = await sql.worker('dead');
  const keys = await dead.claim();
  await sql.silence(dead, 60_000);
  await sql.stop();
  return { api, taskId, keys };
}

describe('a worker that has died', () => {
  it('has its steps run by another, the lost attempt is on record and counts', async () => {
    const template = graph('order', { a: [], b: ['a'] });
    const { api, taskId } = await lost({ templates: [template] }, { correlationId: 'c-77' });
    const seen: number[] = [];
    const handlers = {
      a: ({ step }: { step: { attempt: number; previousError: unknown } }) => {
        seen.push(step.attempt);
        return step.previousError;
      },
      b: () => 2,
    };
    const worker = await beside(api, { templates: [template], handlers: handlers, worker: QUICK });

    const task = await api.finished(taskId);

    expect(task.status).toBe('complete');
    expect(seen).toEqual([2]);
    expect(task.outcomes('a')).toEqual(['worker_lost', 'succeeded']);
    const [first] = task.step('a').attemptHistory!;
    expect(first).toMatchObject({
      worker: 'dead',
      error: { errorCode: 'WORKER_LOST', errorClass: 'WorkerLostError', attempt: 1 },
    });
    expect(task.step('a').results).toMatchObject({ errorCode: 'WORKER_LOST' });
    await eventually('the event is out', () => worker.eventsOf(taskId).includes('step.worker_lost'));
    const events = worker.events.filter(({ event }) => event === 'step.worker_lost');
    expect(events).toEqual([
      expect.objectContaining({ task_id: taskId, step_name: 'a', attempt: 1, retry_limit: 3, correlation_id: 'c-77' }),
    ]);
  });

  it('fails a step for good whose attempts it has used up', async () => {
    const template = graph('order', { a: [], b: ['a'] }, { each: { default_retry_limit: 1 } });
    const { api, taskId } = await lost({ templates: [template] });
    const worker = await beside(api, { templates: [template], handlers: { a: () => 1, b: () => 2 }, worker: QUICK });

    const task = await api.finished(taskId);

    expect(task.status).toBe('error');
    expect(task.statuses).toEqual({ a: 'error', b: 'pending' });
    expect(task.outcomes('a')).toEqual(['worker_lost']);
    await eventually('the events are out', () => worker.eventsOf(taskId).includes('task.failed'));
    expect(worker.eventsOf(taskId)).toEqual(['step.worker_lost', 'step.failed', 'task.failed']);
  });

  it('skips a skippable step whose attempts it has used up, and the task goes on', async () => {
    const template = graph('order', { a: [], b: ['a'] }, { each: { default_retry_limit: 1, skippable: true } });
    const { api, taskId } = await lost({ templates: [template] });
    const worker = await beside(api, { templates: [template], handlers: { a: () => 1, b: () => 2 }, worker: QUICK });

    const task = await api.finished(taskId);

    expect(task.status).toBe('complete');
    expect(task.statuses).toEqual({ a: 'skipped', b: 'complete' });
    await eventually('the events are out', () => worker.eventsOf(taskId).includes('task.completed'));
    await eventually('the event of the step is out', () => worker.eventsOf(taskId, 'a').includes('step.skipped'));
    expect(worker.eventsOf(taskId, 'a')).toEqual(['step.worker_lost', 'step.skipped']);
    expect(LOG.lines.filter((line) => line.includes('sweep failed'))).toEqual([]);
  });

  it('parks a step that was lost max_worker_losses times', async () => {
    const template = single('work', { default_retry_limit: 50 });
    const { api, taskId } = await lost({ templates: [template] });
    const ran: number[] = [];
    await beside(api, {
      templates: [template],
      handlers: { work: ({ step }) => void ran.push(step.attempt) },
      worker: { ...QUICK, maxLosses: 1 },
    });

    const task = await api.finished(taskId);

    expect(task.statuses).toEqual({ only: 'error' });
    expect(ran).toEqual([]);
  });

  it('is told to whoever waits for a task that ends with it', async () => {
    const template = single('work', { default_retry_limit: 1, skippable: true });
    const { api, taskId } = await lost({ templates: [template] });
    const began = Date.now();
    const waiting = api.client.waitFor(taskId, { timeoutMs: 10_000 });
    await beside(api, { templates: [template], handlers: { work: () => 1 }, worker: QUICK });

    expect((await waiting).status).toBe('complete');
    expect(Date.now() - began).toBeLessThan(9_000);
  });
});

describe('the escalation rules of a template', () => {
  const error_handling = {
    permanent_errors: ['STEP_TIMEOUT'],
    escalation_rules: [
      { condition: "error_type == 'WORKER_LOST' AND amount > 10", action: 'call_operations' },
      { condition: "error_category == 'timeout' AND is_last_attempt", action: 'give_up' },
    ],
  };
  const template = single('work', { default_retry_limit: 3, timeout_seconds: 1 }, { error_handling });

  const told = async (worker: Engine) => {
    await eventually('the task has settled', () =>
      worker.events.some(({ event }) => event === 'workflow.task_finalized'),
    );
    const rows = await worker.sql<{ name: string; attempt: number }>('select name, attempt from custom_event');
    const events = worker.events.filter(({ event }) => event.startsWith('escalation.'));
    expect(events.map(({ event, attempt }) => ({ name: event, attempt }))).toEqual(rows);
    return events;
  };

  it('are asked of an attempt that was lost with its worker', async () => {
    const { api, taskId } = await lost({ templates: [template] }, { context: { amount: 11 } });
    const worker = await beside(api, { templates: [template], handlers: { work: () => 1 }, worker: QUICK });

    expect(await told(worker)).toMatchObject([
      {
        event: 'escalation.call_operations',
        task_id: taskId,
        step_name: 'only',
        attempt: 1,
        error_code: 'WORKER_LOST',
      },
    ]);
  });

  it('and its lists of errors are asked of an attempt that others end because its worker hangs', async () => {
    const { api, taskId } = await lost({ templates: [template] }, { context: { amount: 11 } });
    await api.sql(`update worker set seen_at = now() + interval '1 hour', blocked_since = now() - interval '5 s'`);
    await api.sql(`update step set started_at = now() - interval '1 minute' where state = 'in_progress'`);
    const worker = await beside(api, { templates: [template], handlers: { work: () => 1 }, worker: QUICK });

    const task = await api.finished(taskId);
    expect(task.statuses).toEqual({ only: 'error' });
    expect(task.outcomes('only')).toEqual(['timed_out']);
    expect(await told(worker)).toMatchObject([
      { event: 'escalation.give_up', task_id: taskId, attempt: 1, error_code: 'STEP_TIMEOUT', retryable: false },
    ]);
  });

  it('are asked of an attempt that ends with a task that ran too long', async () => {
    const brief = single('brief', {}, { error_handling, max_duration_seconds: 0.2 });
    const { api } = await lost({ templates: [brief] });
    await api.sql(`update worker set seen_at = now() + interval '1 hour'`);
    const worker = await beside(api, { templates: [brief], handlers: { brief: () => 1 }, worker: QUICK });

    expect(await told(worker)).toMatchObject([{ event: 'escalation.give_up', error_code: 'TASK_TIMEOUT' }]);
  });
});

describe('an attempt past its timeout in a worker that beats but does not turn', () => {
  const hung = async (step: object, handler: () => unknown = () => 'by another') => {
    const template = graph('order', { a: [], b: ['a'] }, { each: { timeout_seconds: 1, ...step } });
    const { api, taskId } = await lost({ templates: [template] }, { correlationId: 'c-8' });
    await api.sql(`update worker set seen_at = now() + interval '1 hour', blocked_since = now() - interval '5 s'`);
    await api.sql(`update step set started_at = now() - interval '1 minute' where state = 'in_progress'`);
    const worker = await beside(api, { templates: [template], handlers: { a: handler, b: () => 'b' }, worker: QUICK });
    return { worker, taskId, task: await api.finished(taskId) };
  };

  it('is ended by others, and tried again', async () => {
    const { worker, task, taskId } = await hung({});

    expect(task.status).toBe('complete');
    expect(task.outcomes('a')).toEqual(['timed_out', 'succeeded']);
    expect(task.step('a').attemptHistory![0]).toMatchObject({ worker: 'dead', error: { errorCode: 'STEP_TIMEOUT' } });
    await eventually('the events are out', () => worker.eventsOf(taskId, 'a').includes('step.retry_scheduled'));
    expect(worker.eventsOf(taskId, 'a')).toEqual(expect.arrayContaining(['step.timed_out', 'step.retry_scheduled']));
    expect(worker.events.find(({ event }) => event === 'step.timed_out')).toMatchObject({
      correlation_id: 'c-8',
      error_code: 'STEP_TIMEOUT',
      attempt: 1,
    });
  });

  it('has failed for good where it was the last', async () => {
    const { worker, task, taskId } = await hung({ default_retry_limit: 1 });

    expect(task.statuses).toEqual({ a: 'error', b: 'pending' });
    await eventually('the events are out', () => worker.eventsOf(taskId).includes('task.failed'));
    expect(worker.eventsOf(taskId)).toEqual(['step.timed_out', 'step.failed', 'task.failed']);
  });

  it('is skipped where its step is skippable', async () => {
    const { worker, task, taskId } = await hung({ default_retry_limit: 1, skippable: true });

    expect(task.status).toBe('complete');
    expect(task.statuses).toEqual({ a: 'skipped', b: 'complete' });
    await eventually('the events are out', () => worker.eventsOf(taskId, 'a').includes('step.skipped'));
    expect(worker.eventsOf(taskId, 'a')).toEqual(['step.timed_out', 'step.skipped']);
  });
});

describe('a worker that lives', () => {
  it('and was taken for dead is told so, its results are refused, and it goes on as another', async () => {
    const gate = new Gate();
    const signals: AbortSignal[] = [];
    const engine = await start({
      templates: [single('work')],
      handlers: {
        work: async ({ step, signal }) => {
          signals.push(signal);
          if (step.attempt === 1) await gate.pass();
          return step.attempt;
        },
      },
      worker: { ...QUICK, name: 'phoenix' },
    });
    const { taskId } = await engine.create('work');
    await gate.reached();
    // as a rescuer elsewhere would that did not hear of it
    await engine.sql(`update worker set state = 'lost', stopped_at = now()`);

    const task = await engine.finished(taskId);
    gate.open();

    expect(task.step('only').results).toBe(2);
    expect(await aborted(signals[0]!)).toMatchObject({ name: 'AbortError' });
    await eventually('the late result is on record', async () =>
      (await engine.look(taskId)).outcomes('only').includes('refused'),
    );
    expect((await engine.look(taskId)).outcomes('only')).toEqual(['worker_lost', 'refused', 'succeeded']);
    const workers = await engine.sql('select name, state from worker order by id');
    expect(workers).toEqual([
      { name: 'phoenix', state: 'lost' },
      { name: 'phoenix', state: 'live' },
    ]);
  });

  it('is not taken for dead however long its handler blocks the event loop', async () => {
    const template = single('block', { timeout_seconds: 60 });
    const engine = await start({
      templates: [template],
      handlers: {
        block: () => {
          const until = Date.now() + 1_500;
          while (Date.now() < until);
          return 'unharmed';
        },
      },
      worker: QUICK,
    });

    const task = await engine.run('block');

    expect(task.outcomes('only')).toEqual(['succeeded']);
    expect(await engine.sql('select state from worker')).toEqual([{ state: 'live' }]);
  });

  it('gives back a claim whose answer was lost with its connection', async () => {
    const gate = new Gate();
    const engine = await start({
      templates: [graph('order', { first: [], second: [] }, { handler: 'work' })],
      handlers: {
        work: async ({ step }) => {
          if (step.name === 'first') await gate.pass();
          return step.attempt;
        },
      },
      worker: { ...QUICK, slots: 1 },
    });
    const { taskId } = await engine.create('order');
    await gate.reached();
    // a claim of the same worker that it never heard the answer to
    const sql = await SqlEngine.beside(engine);
    const [{ id }] = (await engine.sql('select id from worker')) as [{ id: number }];
    const ghost = await sql.worker();
    Object.assign(ghost, { id });
    expect(await ghost.claim()).toHaveLength(1);
    await sql.stop();
    // what makes it ask: its connections break
    await engine.sql(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tasker' and datname = current_database()`,
    );
    gate.open();

    await eventually('the task is complete', () => engine.eventsOf(taskId).includes('task.completed'));
    const task = await engine.look(taskId);

    expect(task.status).toBe('complete');
    expect(task.outcomes('second')).toEqual(['released', 'succeeded']);
    expect(task.step('second').results).toBe(2);
    expect(task.outcomes('first')).toEqual(['succeeded']);
  });
});
