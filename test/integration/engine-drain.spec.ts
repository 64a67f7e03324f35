import { aborted, engines, eventually, Gate, graph, single, type Engine } from '../support/engine.js';

const { start, beside } = engines();

/** A worker with one step that runs and nothing else to do. */
async function busy(drainMs: number, handler: (gate: Gate, signal: AbortSignal) => unknown) {
  const gate = new Gate();
  const engine = await start({
    templates: [graph('order', { a: [], b: ['a'] })],
    handlers: { a: ({ signal }) => handler(gate, signal), b: () => 'b' },
    worker: { drainMs },
  });
  const { taskId } = await engine.create('order');
  await gate.reached();
  return { engine, gate, taskId };
}

const look = async (engine: Engine, taskId: string) => {
  const api = await beside(engine, { roles: ['api'] });
  return api.look(taskId);
};

describe('a worker that is shut down', () => {
  it('lets a running step finish, and starts nothing after it', async () => {
    const { engine, gate, taskId } = await busy(10_000, async (gate) => {
      await gate.pass();
      return 'finished';
    });
    const stopping = engine.stop();
    await eventually('it drains', async () => (await engine.sql('select state from worker'))[0]!.state === 'draining');
    gate.open();
    await stopping;

    const task = await look(engine, taskId);
    expect(task.statuses).toEqual({ a: 'complete', b: 'ready' });
    expect(task.outcomes('a')).toEqual(['succeeded']);
    expect(task.attempts).toEqual({ a: 1, b: 0 });
    expect(await engine.sql('select state from worker')).toEqual([{ state: 'stopped' }]);
  });

  it('claims nothing any more while it waits for what runs', async () => {
    const { engine, gate } = await busy(10_000, (gate) => gate.pass());
    const stopping = engine.stop();
    await eventually('it drains', async () => (await engine.sql('select state from worker'))[0]!.state === 'draining');
    const api = await beside(engine, { templates: [graph('order', { a: [], b: ['a'] })], roles: ['api'] });
    const { taskId } = await api.create('order');
    gate.open();
    await stopping;

    expect((await api.look(taskId)).statuses).toEqual({ a: 'ready', b: 'pending' });
  });

  it('gives back what does not finish in time: released, and the attempt does not count', async () => {
    const reasons: unknown[] = [];
    const { engine, taskId } = await busy(50, async (gate, signal) => {
      gate.arrived++;
      reasons.push(await aborted(signal));
    });
    await engine.stop();

    const task = await look(engine, taskId);
    expect(task.statuses).toEqual({ a: 'ready', b: 'pending' });
    expect(task.outcomes('a')[0]).toBe('released');
    expect(reasons).toEqual([expect.objectContaining({ name: 'AbortError' })]);

    const told: unknown[] = [];
    await engine.start({
      handlers: {
        a: ({ step }) => {
          told.push(step);
          return 'at last';
        },
        b: () => 'b',
      },
    });
    const finished = await engine.finished(taskId);
    expect(finished.status).toBe('complete');
    expect(finished.step('a').results).toBe('at last');
    expect(told).toEqual([expect.objectContaining({ attempt: 2, retryLimit: 3, previousError: null })]);
  });

  it('does not use up the attempts of a step that may have one', async () => {
    const gate = new Gate();
    const engine = await start({
      templates: [single('work', { default_retryable: false })],
      handlers: { work: ({ signal }) => (gate.arrived++, aborted(signal)) },
      worker: { drainMs: 0 },
    });
    const { taskId } = await engine.create('work');
    for (let release = 1; release <= 3; release++) {
      await gate.reached(release);
      await engine.restart();
    }
    await gate.reached(4);
    const seen: unknown[] = [];
    await engine.restart({ handlers: { work: ({ step }) => void seen.push(step.attempt, step.isLastAttempt) } });

    const task = await engine.finished(taskId);

    expect(seen).toEqual([5, true]);
    expect(task.outcomes('only').filter((outcome) => outcome !== 'refused')).toEqual([
      'released',
      'released',
      'released',
      'released',
      'succeeded',
    ]);
  });

  it('is done within its deadline, also where handlers ignore their signals', async () => {
    const { engine } = await busy(200, (gate) => gate.pass());
    const began = Date.now();

    await engine.stop();

    expect(Date.now() - began).toBeLessThan(3_000);
  });

  it('hands its steps to another worker at once', async () => {
    const { engine, taskId } = await busy(0, (gate, signal) => (gate.arrived++, aborted(signal)));
    const heir = await beside(engine, {
      handlers: { a: () => 'taken over', b: () => 'b' },
      roles: ['worker'],
      worker: { pollMs: 60_000 },
    });
    // a heartbeat tells whether there are others
    await eventually('they know each other', async () => {
      const [row] = await engine.sql(`select min(seen_at) > max(started_at) + interval '300 ms' as known from worker`);
      return row!.known === true;
    });

    await engine.stop();

    await eventually('the other has finished the task', () => heir.eventsOf(taskId).includes('task.completed'));
    const task = await look(engine, taskId);
    expect(task.step('a').results).toBe('taken over');
  });

  it('writes failures that it still has, and late results', async () => {
    const { engine, gate, taskId } = await busy(10_000, async (gate) => {
      await gate.pass();
      throw new TypeError('just in time');
    });
    const stopping = engine.stop();
    await eventually('it drains', async () => (await engine.sql('select state from worker'))[0]!.state === 'draining');
    gate.open();
    await stopping;

    const task = await look(engine, taskId);
    expect(task.status).toBe('error');
    expect(task.step('a').error).toMatchObject({ message: 'just in time' });
  });

  it('stops although its database is gone', async () => {
    const { engine, gate } = await busy(300, async (gate) => {
      await gate.pass();
      throw new Error('cannot be written');
    });
    const { withAdmin } = await import('../support/database.js');
    const name = new URL(engine.url).pathname.slice(1);
    await withAdmin(async (admin) => {
      await admin.query(`alter database ${name} allow_connections false`);
      await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
    });
    gate.open();
    const began = Date.now();

    await engine.stop();

    expect(Date.now() - began).toBeLessThan(12_000);
  });
});
