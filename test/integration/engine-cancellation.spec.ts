import { AttemptAbortedError } from '../../src/index.js';
import { aborted, engines, eventually, Gate, graph } from '../support/engine.js';

const { start, beside } = engines();

const template = graph('long', { first: [], running: ['first'], waits: ['running'], aside: [] });

describe('a task that is cancelled while a step runs', () => {
  it('fires the signal, cancels every step that is not finished, and refuses the result', async () => {
    const gate = new Gate();
    const reasons: unknown[] = [];
    const started: string[] = [];
    const engine = await start({
      templates: [template],
      handlers: {
        first: () => 1,
        running: async ({ signal }) => {
          gate.arrived++;
          reasons.push(await aborted(signal));
          return 'anyway';
        },
        waits: () => started.push('waits'),
        aside: () => 2,
      },
    });
    const { taskId } = await engine.create('long');
    await gate.reached();
    await eventually('the other branch is through', () => engine.eventsOf(taskId, 'aside').includes('step.completed'));

    const answer = await engine.client.cancelTask(taskId, { reason: 'changed my mind', actor: 'ann' });

    expect(answer.status).toBe('cancelled');
    await eventually('the late result is on record', async () =>
      (await engine.look(taskId)).outcomes('running').includes('refused'),
    );
    const task = await engine.look(taskId);
    expect(task.statuses).toEqual({ first: 'complete', running: 'cancelled', waits: 'cancelled', aside: 'complete' });
    expect(task.outcomes('running')).toEqual(['cancelled', 'refused']);
    expect(reasons).toEqual([expect.any(AttemptAbortedError)]);
    expect(started).toEqual([]);
    const audit = task.view.transitions!.filter(({ cause }) => cause === 'cancelled');
    expect(audit.map(({ step, from, to }) => [step, from, to])).toEqual(
      expect.arrayContaining([
        [null, 'in_progress', 'cancelled'],
        ['running', 'in_progress', 'cancelled'],
        ['waits', 'pending', 'cancelled'],
      ]),
    );
    expect(audit.every(({ actor, reason }) => actor === 'ann' && reason === 'changed my mind')).toBe(true);
    const events = engine.eventsOf(taskId);
    expect(events.filter((event) => event === 'task.cancelled')).toHaveLength(1);
    expect(events.filter((event) => event === 'step.cancelled')).toHaveLength(2);
    expect(events).not.toContain('task.completed');
  });

  it('by another process fires the signal in the process that runs it', async () => {
    const gate = new Gate();
    let told = false;
    const worker = await start({
      templates: [template],
      handlers: {
        first: () => 1,
        running: async ({ signal }) => {
          gate.arrived++;
          await aborted(signal);
          told = true;
        },
        waits: () => 1,
        aside: () => 1,
      },
    });
    const api = await beside(worker, { templates: [template], roles: ['api'] });
    const { taskId } = await api.create('long');
    await gate.reached();

    await api.client.cancelTask(taskId);

    await eventually('the handler was told', () => told, 3_000);
  });

  it('frees the slot of a handler that ignores its signal', async () => {
    const gate = new Gate();
    const engine = await start({
      templates: [graph('deaf', { deaf: [] }), graph('next', { next: [] })],
      handlers: { deaf: () => gate.pass(), next: () => 'had a slot' },
      worker: { slots: 1 },
    });
    const { taskId } = await engine.create('deaf');
    await gate.reached();
    await engine.client.cancelTask(taskId);

    expect((await engine.run('next')).status).toBe('complete');
    gate.open();
  });

  it('leaves a step as cancelled whose handler throws when it is told', async () => {
    const gate = new Gate();
    const engine = await start({
      templates: [graph('work', { work: [] }), graph('next', { next: [] })],
      handlers: {
        work: async ({ signal }) => {
          gate.arrived++;
          await aborted(signal);
          signal.throwIfAborted();
        },
        next: () => 1,
      },
    });
    const { taskId } = await engine.create('work');
    await gate.reached();
    await engine.client.cancelTask(taskId);
    await engine.run('next');

    const task = await engine.look(taskId);
    expect(task.statuses).toEqual({ work: 'cancelled' });
    expect(task.outcomes('work')).toEqual(['cancelled']);
  });
});

describe('a task that is cancelled while nothing of it runs', () => {
  it('before it starts is never started', async () => {
    const started: string[] = [];
    const engine = await start({
      templates: [graph('work', { work: [] }), graph('next', { next: [] })],
      handlers: { work: () => started.push('work'), next: () => 1 },
    });
    const { taskId } = await engine.create('work', { runAt: new Date(Date.now() + 250) });
    await engine.client.cancelTask(taskId);
    await engine.run('next', { runAt: new Date(Date.now() + 400) });

    expect(started).toEqual([]);
    expect((await engine.look(taskId)).statuses).toEqual({ work: 'cancelled' });
  });

  it('while it waits for a retry is not tried again', async () => {
    const attempts: number[] = [];
    const engine = await start({
      templates: [
        graph('work', { work: [] }, { each: { retry_backoff: { kind: 'fixed', initial_delay: 0.3, jitter: 0 } } }),
        graph('next', { next: [] }),
      ],
      handlers: {
        work: ({ step }) => {
          attempts.push(step.attempt);
          throw new Error('again');
        },
        next: () => 1,
      },
    });
    const { taskId } = await engine.create('work');
    await eventually('it waits', () => engine.eventsOf(taskId).includes('step.retry_scheduled'));
    await engine.client.cancelTask(taskId);
    await engine.run('next', { runAt: new Date(Date.now() + 500) });

    expect(attempts).toEqual([1]);
    expect((await engine.look(taskId)).view).toMatchObject({ status: 'cancelled', executionStatus: 'all_complete' });
  });

  it('in error is cancelled with the steps that are left', async () => {
    const engine = await start({
      templates: [graph('work', { bad: [], after: ['bad'] })],
      handlers: {
        bad: () => {
          throw new TypeError('no');
        },
        after: () => 1,
      },
    });
    const { taskId, status } = await engine.run('work');
    expect(status).toBe('error');

    await engine.client.cancelTask(taskId);

    expect((await engine.look(taskId)).statuses).toEqual({ bad: 'cancelled', after: 'cancelled' });
  });

  it('is told to whoever waits for it', async () => {
    const engine = await start({ templates: [graph('work', { work: [] })], handlers: { work: () => 1 } });
    const { taskId } = await engine.create('work', { runAt: new Date(Date.now() + 60_000) });
    const waiting = engine.client.waitFor(taskId);

    await engine.client.cancelTask(taskId);

    expect((await waiting).status).toBe('cancelled');
  });
});
