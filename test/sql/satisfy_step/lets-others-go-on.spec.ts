import { sqlEngine } from '../../support/sql-engine.js';
import { SqlOperator } from '../../support/sql-operator.js';

const sql = sqlEngine();
let operator: SqlOperator;
beforeEach(async () => {
  await sql.engine.rows('truncate step, task, transition');
  operator = SqlOperator.of(sql.engine);
});

describe('satisfy_step', () => {
  it('readies a dependent once all of its parents are satisfied, by hand or by a worker', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const id = await engine.task(await engine.template([[], [], [0, 1]]));
    const keys = await worker.claim();
    await worker.fail([keys[0]!]);
    await operator.step('complete', id, 0, { result: { a: 1 } });
    expect(await engine.states(id)).toEqual(['complete', 'in_progress', 'pending']);
    await worker.complete([keys[1]!]);
    expect(await engine.states(id)).toEqual(['complete', 'complete', 'ready']);
    expect(await engine.step(id)).toMatchObject({ result: { a: 1 }, error: null });
  });

  it('ends a task in error that has nothing else left to do: it is complete by way of being in progress', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const id = await engine.task(await engine.template([[]]));
    await worker.fail(await worker.claim());
    expect(await operator.step('resolve', id)).toMatchObject({ was: 'error', state: 'complete' });
    expect(await engine.causes(id, -1)).toEqual(['created', 'started', 'failed', 'revived', 'succeeded']);
  });

  it('ends a task that has never started, too', async () => {
    const { engine } = sql;
    const id = await engine.task(await engine.template([[], [0]]));
    await operator.step('skip', id, 0);
    expect(await operator.step('skip', id, 1)).toMatchObject({ was: 'pending', state: 'complete' });
    const [task] = await engine.rows('select started_at, finished_at from task where id = $1', [id]);
    expect(task).toEqual({ started_at: expect.any(Date), finished_at: expect.any(Date) });
  });

  it('leaves a task in error whose other failures let nothing go on', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const id = await engine.task(await engine.template([[], []]));
    await worker.fail(await worker.claim());
    expect(await operator.step('resolve', id, 0)).toMatchObject({ was: 'error', state: 'error' });
    expect(await operator.step('resolve', id, 1)).toMatchObject({ was: 'error', state: 'complete' });
  });

  it('lifts the stop of a task once no failure is left', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const id = await engine.task(await engine.template([[], [], [0], []], { stopOnFirstFailure: true }));
    await worker.fail(await worker.claim(2));
    expect(await operator.step('resolve', id, 0)).toMatchObject({ state: 'error' });
    expect(await worker.claim()).toEqual([]);
    expect(await operator.step('skip', id, 1)).toMatchObject({ state: 'in_progress' });
    expect(await worker.claim()).toMatchObject([{ step_no: 2 }, { step_no: 3 }]);
  });

  it('of a step skipped ahead of its parents lets what follows start, and the task waits for them all', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const id = await engine.task(await engine.template([[], [0], [1]]));
    const first = await worker.claim();
    await operator.step('skip', id, 1);
    const third = await worker.claim();
    expect(third).toMatchObject([{ step_no: 2 }]);
    expect((await worker.complete(third)).settled).toEqual([]);
    expect(await engine.taskState(id)).toBe('in_progress');
    expect((await worker.complete(first)).settled).toMatchObject([{ state: 'complete' }]);
  });

  it('of steps skipped ahead of each other makes the task wait for the first of them', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const id = await engine.task(await engine.template([[], [0], [1], [2]]));
    for (const step of [3, 2, 1]) await operator.step('skip', id, step);
    expect(await engine.taskState(id)).toBe('pending');
    expect((await worker.complete(await worker.claim())).settled).toMatchObject([{ state: 'complete' }]);
  });

  it('keeps what follows a skipped step waiting for the time at which the task may start', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const runAt = new Date(Date.now() + 3_600_000);
    const id = await engine.task(await engine.template([[], [0]]), { runAt });
    await operator.step('skip', id, 0);
    expect(await engine.step(id, 1)).toMatchObject({ state: 'ready', ready_at: null, due_at: runAt });
    expect(await worker.claim()).toEqual([]);
  });
});
