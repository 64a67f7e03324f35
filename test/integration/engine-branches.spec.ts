import { PermanentError, type TemplateDefinition } from '../../src/index.js';
import { engines, eventually, Gate, graph, single, SOON, type Process } from '../support/engine.js';

const { start } = engines();

const fail: Process = () => {
  throw new PermanentError('no');
};
const skippable = (template: TemplateDefinition, ...names: string[]): TemplateDefinition => ({
  ...template,
  step_templates: template.step_templates.map((step) => ({ ...step, skippable: names.includes(step.name) })),
});
const ended = (task: { view: { completedAt: Date | null } }) => task.view.completedAt!.getTime();

describe('a failed step', () => {
  it('stops only what depends on it: other branches go on, and the task is in error when nothing moves', async () => {
    const gate = new Gate();
    const engine = await start({
      templates: [
        graph('two_branches', {
          root: [],
          bad: ['root'],
          never: ['bad'],
          good: ['root'],
          better: ['good'],
          joint: ['never', 'better'],
        }),
      ],
      handlers: {
        root: () => 1,
        bad: fail,
        never: () => 1,
        good: () => gate.pass(),
        better: () => 1,
        joint: () => 1,
      },
    });
    const { taskId } = await engine.create('two_branches');
    await eventually('the bad step has failed', () => engine.eventsOf(taskId, 'bad').includes('step.failed'));
    expect((await engine.look(taskId)).status).toBe('in_progress');
    gate.open();

    const task = await engine.finished(taskId);

    expect(task.status).toBe('error');
    expect(task.statuses).toEqual({
      root: 'complete',
      bad: 'error',
      never: 'pending',
      good: 'complete',
      better: 'complete',
      joint: 'pending',
    });
    expect(task.view).toMatchObject({ executionStatus: 'blocked_by_failures', completionPercentage: 50 });
    expect(engine.eventsOf(task.taskId).filter((event) => event.startsWith('task.'))).toEqual([
      'task.initialize_requested',
      'task.started',
      'task.failed',
    ]);
  });

  it('does not end its task while a step of another branch waits for its retry', async () => {
    const engine = await start({
      templates: [
        {
          name: 'patient',
          step_templates: [
            { name: 'bad', handler_class: 'bad' },
            { name: 'flaky', handler_class: 'flaky', retry_backoff: { ...SOON, initial_delay: 0.3, max_delay: 0.3 } },
            { name: 'after', handler_class: 'after', depends_on_step: 'flaky' },
          ],
        },
      ],
      handlers: {
        bad: fail,
        flaky: ({ step }) => {
          if (step.attempt === 1) throw new Error('later');
        },
        after: () => 1,
      },
    });

    const task = await engine.run('patient');

    expect(task.status).toBe('error');
    expect(task.statuses).toEqual({ bad: 'error', flaky: 'complete', after: 'complete' });
    expect(ended(task)).toBeGreaterThanOrEqual(task.step('after').completedAt!.getTime());
  });

  it('of several ends the task once', async () => {
    const engine = await start({
      templates: [graph('all_bad', { a: [], b: [], c: [], d: ['a', 'b', 'c'] }, { handler: 'bad' })],
      handlers: { bad: fail },
    });

    const task = await engine.run('all_bad');

    expect(task.statuses).toEqual({ a: 'error', b: 'error', c: 'error', d: 'pending' });
    await engine.stop();
    expect(engine.eventsOf(task.taskId).filter((event) => event === 'task.failed')).toHaveLength(1);
    const ends = await engine.sql(`select to_state from transition where step_no = -1 and to_state = 'error'`);
    expect(ends).toHaveLength(1);
  });
});

describe('stop_on_first_failure', () => {
  it('starts nothing more, lets what runs finish, and then ends the task', async () => {
    const gate = new Gate();
    const started: string[] = [];
    const engine = await start({
      templates: [
        graph(
          'strict',
          { bad: [], running: [], follows: ['running'], waits: ['bad'] },
          { workflow_config: { failure_strategy: 'stop_on_first_failure' } },
        ),
      ],
      handlers: {
        bad: async () => {
          await gate.reached();
          throw new PermanentError('no');
        },
        running: async () => {
          await gate.pass();
          return 'done';
        },
        follows: () => started.push('follows'),
        waits: () => started.push('waits'),
      },
    });
    const { taskId } = await engine.create('strict');
    await eventually('the bad step has failed', () => engine.eventsOf(taskId, 'bad').includes('step.failed'));
    expect((await engine.look(taskId)).status).toBe('in_progress');
    gate.open();

    const task = await engine.finished(taskId);

    expect(task.status).toBe('error');
    expect(task.statuses).toMatchObject({ bad: 'error', running: 'complete', waits: 'pending' });
    expect(task.step('follows').attempts).toBe(0);
    expect(started).toEqual([]);
  });

  it('does not start a retry that was waited for', async () => {
    const retried: number[] = [];
    const engine = await start({
      templates: [
        {
          name: 'strict',
          workflow_config: { failure_strategy: 'stop_on_first_failure' },
          step_templates: [
            { name: 'flaky', handler_class: 'flaky', retry_backoff: { ...SOON, initial_delay: 0.15, max_delay: 0.15 } },
            { name: 'bad', handler_class: 'bad' },
          ],
        },
      ],
      handlers: {
        flaky: ({ step }) => {
          retried.push(step.attempt);
          throw new Error('later');
        },
        bad: async ({ task }) => {
          await eventually('the retry is waited for', () =>
            engine.eventsOf(task.taskId).includes('step.retry_scheduled'),
          );
          throw new PermanentError('no');
        },
      },
    });

    const task = await engine.run('strict');
    const due = task.step('flaky').nextRetryAt!.getTime();
    await eventually('its time has passed', () => Date.now() > due + 300);

    expect(task.status).toBe('error');
    expect(retried).toEqual([1]);
    expect((await engine.look(task.taskId)).statuses).toEqual({ flaky: 'waiting_for_retry', bad: 'error' });
  });
});

describe('a skippable step', () => {
  it('is skipped where it fails for good, and its dependents run', async () => {
    const engine = await start({
      templates: [skippable(graph('lenient', { nice_to_have: [], must: ['nice_to_have'] }), 'nice_to_have')],
      handlers: { nice_to_have: fail, must: ({ sequence }) => [sequence.results('nice_to_have')] },
    });

    const task = await engine.run('lenient');

    expect(task.status).toBe('complete');
    expect(task.statuses).toEqual({ nice_to_have: 'skipped', must: 'complete' });
    expect(task.step('nice_to_have').error).toMatchObject({ message: 'no' });
    expect(task.step('must').results).toEqual([null]);
    expect(task.outcomes('nice_to_have')).toEqual(['failed']);
    expect(engine.eventsOf(task.taskId, 'nice_to_have')).toEqual(['step.started', 'step.skipped']);
  });

  it('has all of its attempts first', async () => {
    const engine = await start({
      templates: [single('lenient', { skippable: true, default_retry_limit: 3 })],
      handlers: {
        lenient: () => {
          throw new Error('again');
        },
      },
    });

    const task = await engine.run('lenient');

    expect(task.status).toBe('complete');
    expect(task.statuses).toEqual({ only: 'skipped' });
    expect(task.attempts).toEqual({ only: 3 });
  });

  it('is skipped where it times out', async () => {
    const engine = await start({
      templates: [single('slow', { skippable: true, default_retry_limit: 1, timeout_seconds: 0.02 })],
      handlers: { slow: () => new Promise(() => {}) },
    });

    const task = await engine.run('slow');

    expect(task.status).toBe('complete');
    expect(task.outcomes('only')).toEqual(['timed_out']);
    expect(task.step('only').error).toMatchObject({ errorCode: 'STEP_TIMEOUT' });
  });

  it('does not stop its task at its failure, whatever the failure strategy', async () => {
    const template = skippable(graph('strict', { a: [], b: ['a'] }), 'a');
    const engine = await start({
      templates: [{ ...template, workflow_config: { failure_strategy: 'stop_on_first_failure' } }],
      handlers: { a: fail, b: () => 1 },
    });

    expect((await engine.run('strict')).statuses).toEqual({ a: 'skipped', b: 'complete' });
  });

  it('in an error that NUL is in is skipped all the same', async () => {
    const engine = await start({
      templates: [single('odd', { skippable: true })],
      handlers: {
        odd: () => {
          throw new PermanentError('a\u0000b', { context: { half: '\uD800' } });
        },
      },
    });

    expect((await engine.run('odd')).statuses).toEqual({ only: 'skipped' });
  });
});

describe('bypass_steps', () => {
  it('skips a step when its turn comes: what follows still waits for what comes before', async () => {
    const order: string[] = [];
    const engine = await start({
      templates: [graph('line', { a: [], b: ['a'], c: ['b'], d: [] }, { handler: 'note' })],
      handlers: {
        note: ({ step }) => {
          order.push(step.name);
        },
      },
    });

    const task = await engine.run('line', { bypassSteps: ['b', 'd'] });

    expect(task.status).toBe('complete');
    expect(task.statuses).toEqual({ a: 'complete', b: 'skipped', c: 'complete', d: 'skipped' });
    expect(order).toEqual(['a', 'c']);
    expect(task.attempts).toEqual({ a: 1, b: 0, c: 1, d: 0 });
    expect(task.step('b').attemptHistory).toEqual([]);
    expect(engine.eventsOf(task.taskId, 'b')).toEqual(['step.skipped']);
  });

  it('of all steps completes the task without a handler', async () => {
    const engine = await start({
      templates: [graph('line', { a: [], b: ['a'] }, { handler: 'never' })],
      handlers: { never: fail },
    });

    const task = await engine.run('line', { bypassSteps: ['a', 'b'] });

    expect(task.status).toBe('complete');
    expect(task.statuses).toEqual({ a: 'skipped', b: 'skipped' });
  });
});
