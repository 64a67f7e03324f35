import { StepTimeoutError, type StepContext } from '../../src/index.js';
import { aborted, engines, eventually, Gate, graph, single } from '../support/engine.js';

const { start } = engines();

describe('an attempt that runs longer than timeout_seconds', () => {
  it('is told by its signal, has timed out, and another follows', async () => {
    const reasons: unknown[] = [];
    const engine = await start({
      templates: [single('slow', { timeout_seconds: 0.05, default_retry_limit: 2 })],
      handlers: {
        slow: async ({ step, signal }) => {
          if (step.attempt === 2) return 'quick';
          reasons.push(await aborted(signal));
          throw new Error('told to stop');
        },
      },
    });

    const task = await engine.run('slow');

    expect(task.status).toBe('complete');
    expect(reasons).toEqual([expect.any(StepTimeoutError)]);
    expect(task.outcomes('only')).toEqual(['timed_out', 'succeeded']);
    expect(task.step('only').attemptHistory![0]!.error).toMatchObject({
      errorClass: 'StepTimeoutError',
      errorCode: 'STEP_TIMEOUT',
      errorCategory: 'timeout',
      retryable: true,
      message: expect.stringContaining('0.05'),
    });
    expect(engine.eventsOf(task.taskId, 'only')).toEqual([
      'step.started',
      'step.timed_out',
      'step.retry_scheduled',
      'step.started',
      'step.completed',
    ]);
  });

  it('fails for good where it was the last', async () => {
    const engine = await start({
      templates: [single('slow', { timeout_seconds: 0.03, default_retry_limit: 2 })],
      handlers: { slow: ({ signal }) => aborted(signal) },
    });

    const task = await engine.run('slow');

    expect(task.status).toBe('error');
    expect(task.outcomes('only').filter((outcome) => outcome !== 'refused')).toEqual(['timed_out', 'timed_out']);
  });

  it('does not wait for a handler that ignores its signal, and its result is refused and recorded', async () => {
    const gate = new Gate();
    const engine = await start({
      templates: [single('deaf', { timeout_seconds: 0.05, default_retry_limit: 2 })],
      handlers: {
        deaf: async ({ step }) => {
          if (step.attempt === 2) return 'second';
          await gate.pass();
          return 'first, late';
        },
      },
    });

    const task = await engine.run('deaf');
    expect(task.step('only').results).toBe('second');
    gate.open();
    await eventually('the late result is on record', async () =>
      (await engine.look(task.taskId)).outcomes('only').includes('refused'),
    );

    const { attemptHistory, results } = (await engine.look(task.taskId)).step('only');
    expect(results).toBe('second');
    expect(attemptHistory!.map(({ attempt, outcome }) => [attempt, outcome])).toEqual([
      [1, 'timed_out'],
      [1, 'refused'],
      [2, 'succeeded'],
    ]);
    expect(attemptHistory![1]!.results).toBe('first, late');
    expect(engine.eventsOf(task.taskId).filter((event) => event === 'step.completed')).toHaveLength(1);
  });

  it.each([
    ['NUL', 'a\u0000b'],
    ['half a surrogate pair', '\uD800'],
  ])('has its late result on record also where that holds %s', async (_what, text) => {
    const gate = new Gate();
    const engine = await start({
      templates: [single('deaf', { timeout_seconds: 0.03, default_retry_limit: 1 })],
      handlers: {
        deaf: async () => {
          await gate.pass();
          return { text };
        },
      },
    });

    const { taskId } = await engine.run('deaf');
    gate.open();

    await eventually('it is on record', async () => (await engine.look(taskId)).outcomes('only').includes('refused'));
    const [, refused] = (await engine.look(taskId)).step('only').attemptHistory!;
    expect(refused).toMatchObject({ outcome: 'refused', results: { text } });
  });

  it('leaves a step as it is that its handler has failed by then', async () => {
    const gate = new Gate();
    const engine = await start({
      templates: [single('deaf', { timeout_seconds: 0.03, default_retry_limit: 1 }), single('next')],
      handlers: {
        deaf: async () => {
          await gate.pass();
          throw new Error('late too');
        },
        next: () => 1,
      },
    });

    const { taskId } = await engine.run('deaf');
    gate.open();
    await engine.run('next');

    expect((await engine.look(taskId)).step('only').error).toMatchObject({ errorCode: 'STEP_TIMEOUT' });
  });

  it('is taken from handler_config where the step has none of its own', async () => {
    const engine = await start({
      templates: [single('slow', { handler_config: { timeout_seconds: 0.03 }, default_retry_limit: 1 })],
      handlers: { slow: () => new Promise(() => {}) },
    });

    expect((await engine.run('slow')).outcomes('only')).toEqual(['timed_out']);
  });

  it('that a step does not have is not reached by a quick one', async () => {
    let seen!: StepContext;
    const engine = await start({
      templates: [single('quick', { timeout_seconds: 0.5 })],
      handlers: {
        quick: (context) => {
          seen = context;
        },
      },
    });

    await engine.run('quick');

    expect(seen.signal.aborted).toBe(false);
  });
});

describe('a task that runs longer than max_duration_seconds', () => {
  it('ends in error, what runs is told, and nothing else is started', async () => {
    const told: unknown[] = [];
    const template = graph('long', { a: [], b: ['a'], c: [] }, { max_duration_seconds: 0.2 });
    const started: string[] = [];
    const engine = await start({
      templates: [template],
      handlers: {
        a: async ({ signal }) => {
          started.push('a');
          told.push(await aborted(signal));
          return 'too late';
        },
        b: () => started.push('b'),
        c: () => started.push('c'),
      },
      worker: { silentMs: 600, heartbeatMs: 100 },
    });

    const task = await engine.run('long');

    expect(task.status).toBe('error');
    expect(task.statuses).toEqual({ a: 'error', b: 'pending', c: 'complete' });
    expect(task.step('a').error).toMatchObject({ errorCode: 'TASK_TIMEOUT', errorCategory: 'timeout' });
    await eventually('the handler was told', () => told.length === 1);
    await eventually('its result is on record', async () =>
      (await engine.look(task.taskId)).outcomes('a').includes('refused'),
    );
    expect((await engine.look(task.taskId)).outcomes('a')).toEqual(['timed_out', 'refused']);
    expect(started.sort()).toEqual(['a', 'c']);
    expect(engine.eventsOf(task.taskId, 'a')).toEqual(['step.started', 'step.timed_out', 'step.failed']);
    expect(engine.eventsOf(task.taskId)).toContain('task.failed');
  });

  it('counts from its first step, not from its creation', async () => {
    const engine = await start({
      templates: [single('work', {}, { max_duration_seconds: 0.3 })],
      handlers: { work: () => 1 },
      roles: ['api'],
    });
    const { taskId } = await engine.create('work');
    await engine.sql(`update task set created_at = now() - interval '1 hour'`);

    await engine.restart({ roles: ['api', 'worker'] });

    expect((await engine.finished(taskId)).status).toBe('complete');
  });
});
