import { sqlEngine } from '../../support/sql-engine.js';

const sql = sqlEngine();

describe('release_attempts', () => {
  it('makes the step ready at once, and the attempt does not count', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const task = await engine.task(await engine.template([[]], { retryLimit: 1 }));
    const [key] = await worker.claim();

    expect(await worker.release([key!])).toEqual([key]);

    expect(await engine.step(task)).toMatchObject({ state: 'ready', attempt: 1, forgiven: 1, started_at: null });
    expect(await worker.claim()).toEqual([{ ...key!, attempt: 2 }]);
    expect((await worker.complete([key!])).accepted).toBe(0);
    expect((await worker.complete([{ ...key!, attempt: 2 }])).accepted).toBe(1);
    expect(await engine.causes(task, 0)).toEqual(['ready', 'claimed', 'released', 'claimed', 'succeeded']);
  });

  it('gives back only what the worker holds', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const other = await engine.worker();
    const [one, two] = await engine.tasks(await engine.template([[]]), 2);
    const keys = await worker.claim();
    await worker.complete(keys.slice(0, 1));

    expect(await other.release(keys)).toEqual([]);
    expect(await worker.release([...keys, { ...keys[1]!, attempt: 9 }])).toEqual(keys.slice(1));
    expect([await engine.states(one!), await engine.states(two!)]).toEqual([['complete'], ['ready']]);
    expect(await worker.release(keys)).toEqual([]);
    await worker.complete(await worker.claim());
  });

  it('does not let a step of a task start again that has stopped at its first failure', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const task = await engine.task(await engine.template([[], []], { stopOnFirstFailure: true }));
    const keys = await worker.claim();
    await worker.fail(keys.slice(0, 1));

    await worker.release(keys.slice(1));

    expect(await worker.claim()).toEqual([]);
    expect(await engine.rows('select * from settle_stalled_tasks()')).toHaveLength(1);
    expect(await engine.taskState(task)).toBe('error');
  });
});

describe('release_orphans', () => {
  it('gives back what the worker holds without knowing it, and nothing else', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const other = await engine.worker();
    const template = await engine.template([[]]);
    await engine.tasks(template, 3);
    const mine = await worker.claim();
    await engine.tasks(template, 1);
    const theirs = await other.claim();

    const released = await worker.releaseOrphans([mine[1]!]);

    expect(released).toEqual(expect.arrayContaining([mine[0], mine[2]]));
    expect(released).toHaveLength(2);
    expect(await worker.stale([mine[1]!])).toEqual([]);
    expect(await other.stale(theirs)).toEqual([]);
    await engine.rows('truncate step, task, transition');
  });

  it('takes another attempt of the same step for another', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    await engine.task(await engine.template([[]]));
    const [key] = await worker.claim();

    expect(await worker.releaseOrphans([{ ...key!, attempt: 0 }])).toEqual([key]);
    await engine.rows('truncate step, task, transition');
  });

  it('does nothing for a worker that holds nothing', async () => {
    const { engine } = sql;
    const worker = await engine.worker();

    expect(await worker.releaseOrphans([])).toEqual([]);
  });
});
