import { sqlEngine } from '../../support/sql-engine.js';

const sql = sqlEngine();

describe('fail_attempts', () => {
  it('records a failure under its fence only', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const other = await engine.worker();
    const task = await engine.task(await engine.template([[]]));
    const [key] = await worker.claim();

    expect(await other.fail([key!])).toEqual([]);
    expect(await worker.fail([{ ...key!, attempt: 2 }])).toEqual([]);
    expect(await engine.states(task)).toEqual(['in_progress']);
    expect(await worker.fail([key!])).toMatchObject([
      { step_no: 0, state: 'error' },
      { step_no: null, state: 'error' },
    ]);
  });

  it('says when a retry is due, and does not make it claimable before', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const task = await engine.task(await engine.template([[]]));
    const [key] = await worker.claim();

    const [moved] = await worker.fail([key!], 60_000);

    const step = await engine.step(task);
    expect(step).toMatchObject({ state: 'waiting_for_retry', ready_at: null, finished_at: null, attempt: 1 });
    expect(new Date(moved!.detail as string)).toEqual(step.due_at);
    expect(await worker.claim()).toEqual([]);
    await engine.rows('select cancel_task($1, null, null)', [task]);
  });

  it('makes a retry claimable at once where it is due', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    await engine.task(await engine.template([[]]));
    const [key] = await worker.claim();
    await worker.fail([key!], 0);

    expect(await worker.claim()).toEqual([{ ...key!, attempt: 2 }]);
    await worker.complete([{ ...key!, attempt: 2 }]);
    expect(await engine.taskState(key!.task_id)).toBe('complete');
    expect(await engine.causes(key!.task_id, 0)).toEqual(['ready', 'claimed', 'failed', 'claimed', 'succeeded']);
  });

  it('leaves no error with a step that succeeds later', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const task = await engine.task(await engine.template([[]]));
    const [key] = await worker.claim();
    await worker.fail([key!], 0);
    expect((await engine.step(task)).error).toEqual({ message: 'no' });

    await worker.complete(await worker.claim());

    expect((await engine.step(task)).error).toBeNull();
  });

  it('ends a task with several failures in one batch once', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const task = await engine.task(await engine.template([[], [], [0, 1]]));
    const keys = await worker.claim();

    const rows = await worker.fail(keys);

    expect(rows.filter(({ step_no }) => step_no === null)).toHaveLength(1);
    expect(await engine.taskState(task)).toBe('error');
    const [{ failed_steps }] = (await engine.rows('select failed_steps from task where id = $1', [task])) as [
      { failed_steps: number },
    ];
    expect(failed_steps).toBe(2);
  });

  it('holds what is left of a task that stops at its first failure, and of no other', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const strict = await engine.template([[], [], [1]], { stopOnFirstFailure: true });
    const [task, other] = await engine.tasks(strict, 2);
    const keys = (await worker.claim()).filter(({ task_id }) => task_id === task);
    await worker.fail(keys.slice(0, 1));

    expect(await engine.states(task!)).toEqual(['error', 'in_progress', 'pending']);
    expect((await engine.step(task!, 2)).held).toBe(true);
    expect((await engine.step(other!, 2)).held).toBe(false);

    const { handedOff, settled } = await worker.complete(keys.slice(1), { handoff: 5 });
    expect(handedOff).toEqual([]);
    expect(settled).toMatchObject([{ task_id: task, state: 'error' }]);
  });

  it('ends a stopped task also where the last step that ran is to be retried', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const task = await engine.task(await engine.template([[], []], { stopOnFirstFailure: true }));
    const keys = await worker.claim();
    await worker.fail(keys.slice(0, 1));

    const rows = await worker.fail(keys.slice(1), 0);

    expect(rows).toMatchObject([
      { step_no: 1, state: 'waiting_for_retry' },
      { step_no: null, state: 'error' },
    ]);
    expect(await engine.taskState(task)).toBe('error');
    expect(await worker.claim()).toEqual([]);
  });
});
