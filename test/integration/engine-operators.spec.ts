import { AttemptAbortedError, PermanentError, type StepContext } from '../../src/index.js';
import { aborted, engines, eventually, Gate, graph, single, SOON } from '../support/engine.js';

const { start, beside } = engines();

const BY = { reason: 'by hand', actor: 'ann' };
const LATER = { kind: 'fixed', initial_delay: 3_600, max_delay: 3_600, jitter: 0 } as const;

describe('a running step that an operator', () => {
  it.each([
    ['completes', 'complete', { given: 1 }],
    ['skips', 'skipped', null],
  ])('%s is told to stop, its late result is refused, and what follows goes on', async (verb, status, seen) => {
    const gate = new Gate();
    const reasons: unknown[] = [];
    const engine = await start({
      templates: [graph('chain', { first: [], second: ['first'] })],
      handlers: {
        first: async ({ signal }) => {
          gate.arrived++;
          reasons.push(await aborted(signal));
          return 'too late';
        },
        second: ({ sequence }) => ({ seen: sequence.results('first') }),
      },
    });
    const { taskId } = await engine.create('chain');
    await gate.reached();

    if (verb === 'completes') await engine.client.completeStep(taskId, 'first', { ...BY, results: seen });
    else await engine.client.skipStep(taskId, 'first', BY);

    const task = await engine.finished(taskId);
    expect(task.status).toBe('complete');
    expect(task.statuses).toEqual({ first: status, second: 'complete' });
    expect(task.step('second').results).toEqual({ seen });
    await eventually('the late result is on record', async () =>
      (await engine.look(taskId)).outcomes('first').includes('refused'),
    );
    expect((await engine.look(taskId)).outcomes('first')).toEqual(['cancelled', 'refused']);
    expect(reasons).toEqual([expect.any(AttemptAbortedError)]);
    expect((await engine.look(taskId)).step('first').results).toEqual(seen);
  });

  it('cancels in one process is told to stop in another, and the rest of the task goes on', async () => {
    const gate = new Gate();
    let told = false;
    const template = graph('split', { left: [], after: ['left'], right: [] });
    const worker = await start({
      templates: [template],
      handlers: {
        left: async ({ signal }) => {
          gate.arrived++;
          await aborted(signal);
          told = true;
        },
        after: () => 1,
        right: () => 2,
      },
    });
    const api = await beside(worker, { templates: [template], roles: ['api'] });
    const { taskId } = await api.create('split');
    await gate.reached();
    await api.client.cancelStep(taskId, 'left', BY);
    const task = await api.finished(taskId);
    expect(task.status).toBe('cancelled');
    expect(task.statuses).toEqual({ left: 'cancelled', after: 'cancelled', right: 'complete' });
    await eventually('the handler is told', () => told);
  });

  it('completes keeps nothing of what the handler writes in a transaction of its own', async () => {
    const gate = new Gate();
    const outcomes: unknown[] = [];
    const engine = await start({
      templates: [single('writes')],
      handlers: {
        writes: ({ transaction }) =>
          transaction(async (db) => {
            await db.query('create table written (id int)');
            await gate.pass();
          }).catch((error: unknown) => void outcomes.push((error as Error).name)),
      },
    });
    const { taskId } = await engine.create('writes');
    await gate.reached();
    await engine.client.completeStep(taskId, 'only', { ...BY, results: 'mine' });
    gate.open();
    await eventually('the transaction is refused', () => outcomes.length > 0);
    expect(outcomes).toEqual(['AttemptRefusedError']);
    expect(await engine.sql(`select to_regclass('public.written') as found`)).toEqual([{ found: null }]);
    expect((await engine.look(taskId)).step('only').results).toBe('mine');
  });
});

describe('the inputs of a step', () => {
  const seen: unknown[] = [];
  const look = ({ step }: StepContext): void => {
    seen.push(step.inputs);
    if (step.attempt === 1) throw new PermanentError('once');
  };
  beforeEach(() => void (seen.length = 0));

  it("are the template's, with variables filled in, until an operator gives others", async () => {
    process.env.TASKER_TEST_REGION = 'north';
    const engine = await start({
      templates: [single('given', { inputs: { region: '${TASKER_TEST_REGION}', size: 3 } })],
      handlers: { given: look },
    });
    const first = await engine.run('given');
    expect(first.step('only').inputs).toEqual({ region: '${TASKER_TEST_REGION}', size: 3 });
    const others = { region: '${TASKER_TEST_REGION}', list: [null] };
    await engine.client.retryStep(first.taskId, 'only', { ...BY, inputs: others });
    expect((await engine.finished(first.taskId)).status).toBe('complete');
    expect(seen).toEqual([{ region: 'north', size: 3 }, others]);
    expect((await engine.look(first.taskId)).step('only').inputs).toEqual(others);
    delete process.env.TASKER_TEST_REGION;
  });

  it('reach a step that is handed off, and cannot be changed by its handler', async () => {
    const gate = new Gate();
    const kept: unknown[] = [];
    const engine = await start({
      templates: [graph('chain', { first: [], second: ['first'] })],
      handlers: {
        first: gate.pass,
        second: ({ step }) => {
          expect(() => Object.assign(step.inputs, { a: 2 })).toThrow(TypeError);
          kept.push(step.inputs);
        },
      },
    });
    const { taskId } = await engine.create('chain');
    await gate.reached();
    await engine.client.updateStep(taskId, 'second', { ...BY, inputs: { a: 1 } });
    gate.open();
    expect((await engine.finished(taskId)).status).toBe('complete');
    expect(kept).toEqual([{ a: 1 }]);
  });
});

describe('a step that is skipped ahead of its parents', () => {
  it('lets what follows run without their results, which those that come later get', async () => {
    const gate = new Gate();
    const seen: Record<string, unknown> = {};
    const engine = await start({
      templates: [graph('ahead', { slow: [], skipped: ['slow'], early: ['skipped'], last: ['slow', 'early'] })],
      handlers: {
        slow: async () => {
          await gate.pass();
          return 'slow result';
        },
        skipped: () => 'never',
        early: ({ sequence }) => {
          seen.early = [sequence.names, sequence.results('slow'), sequence.results('skipped')];
          return 'early result';
        },
        last: ({ sequence }) => {
          seen.last = [sequence.names, sequence.results('slow'), sequence.results('early')];
        },
      },
    });
    const { taskId } = await engine.create('ahead');
    await gate.reached();
    await engine.client.skipStep(taskId, 'skipped', BY);
    await eventually('the step after it is through', () => 'early' in seen);
    gate.open();
    expect((await engine.finished(taskId)).status).toBe('complete');
    expect(seen).toEqual({
      early: [['skipped'], null, null],
      last: [['slow', 'skipped', 'early'], 'slow result', 'early result'],
    });
  });
});

describe('a task that is repaired', () => {
  it('goes on from where it failed, with all of its attempts again, and completes', async () => {
    let broken = true;
    const runs: string[] = [];
    const engine = await start({
      templates: [
        graph('repair', { first: [], flaky: ['first'], last: ['flaky'] }, { each: { default_retry_limit: 2 } }),
      ],
      handlers: {
        first: () => runs.push('first'),
        flaky: ({ step }) => {
          runs.push(`flaky ${step.attempt} ${step.isLastAttempt}`);
          if (broken) throw new Error('the gateway is down');
        },
        last: () => runs.push('last'),
      },
    });
    const { taskId, status } = await engine.run('repair');
    expect(status).toBe('error');
    await engine.client.retryTask(taskId, BY);
    expect((await engine.finished(taskId)).status).toBe('error');
    broken = false;
    await engine.client.retryTask(taskId, BY);
    expect((await engine.finished(taskId)).status).toBe('complete');
    expect(runs).toEqual([
      'first',
      'flaky 1 false',
      'flaky 2 true',
      'flaky 3 false',
      'flaky 4 true',
      'flaky 5 false',
      'last',
    ]);
    const events = engine.eventsOf(taskId).filter((event) => /^task\./.test(event));
    expect(events).toEqual([
      'task.initialize_requested',
      'task.started',
      'task.failed',
      'task.retry_requested',
      'task.failed',
      'task.retry_requested',
      'task.completed',
    ]);
  });

  it('does not wait for the time of a retry that an operator brings forward', async () => {
    let broken = true;
    const engine = await start({
      templates: [single('patient', { retry_backoff: LATER, default_retry_limit: 3 })],
      handlers: {
        patient: () => {
          if (broken) throw new Error('not yet');
        },
      },
    });
    const { taskId } = await engine.create('patient');
    await eventually(
      'it waits for its retry',
      async () => (await engine.look(taskId)).step('only').status === 'waiting_for_retry',
    );
    broken = false;
    await engine.client.retryStep(taskId, 'only', BY);
    expect((await engine.finished(taskId)).attempts).toEqual({ only: 2 });
  });

  it('shows the handlers of later steps its new tags and reason', async () => {
    const gate = new Gate();
    const seen: unknown[] = [];
    const engine = await start({
      templates: [graph('chain', { first: [], second: ['first'] })],
      handlers: { first: gate.pass, second: ({ task }) => seen.push([task.tags, task.reason, task.priority]) },
    });
    const { taskId } = await engine.create('chain', { tags: ['old'] });
    await gate.reached();
    await engine.client.updateTask(taskId, { tags: ['new'], reason: 'changed', priority: 9 });
    gate.open();
    await engine.finished(taskId);
    expect(seen).toEqual([[['new'], 'changed', 9]]);
  });
});

describe('a task that is paused', () => {
  it('starts nothing until it is resumed, and then goes on at once', async () => {
    const gate = new Gate();
    const started: string[] = [];
    const engine = await start({
      templates: [graph('fork', { first: [], left: ['first'], right: ['first'] }, { each: { retry_backoff: SOON } })],
      handlers: {
        first: gate.pass,
        left: () => started.push('left'),
        right: () => started.push('right'),
      },
      worker: { pollMs: 60_000 },
    });
    const { taskId } = await engine.create('fork');
    await gate.reached();
    expect((await engine.client.pauseTask(taskId, BY)).pausedAt).not.toBeNull();
    gate.open();
    await eventually('what ran is through', () => engine.eventsOf(taskId, 'first').includes('step.completed'));
    expect((await engine.look(taskId)).statuses).toEqual({ first: 'complete', left: 'ready', right: 'ready' });
    const other = await engine.run('fork');
    expect([other.status, started]).toEqual(['complete', ['left', 'right']]);
    await engine.client.resumeTask(taskId, BY);
    expect((await engine.finished(taskId)).status).toBe('complete');
  });
});
