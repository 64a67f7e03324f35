import type { Client } from 'pg';
import { sqlEngine, type Key, type Row, type SqlWorker } from '../../support/sql-engine.js';

const sql = sqlEngine();

/** Two steps of one task that run in two workers, each on a connection of its own. */
async function race(
  parents: number[][],
  rules = {},
): Promise<{ task: string; a: SqlWorker; b: SqlWorker; keys: [Key, Key] }> {
  const { engine } = sql;
  const a = (await engine.worker()).on(await engine.connect());
  const b = (await engine.worker()).on(await engine.connect());
  const task = await engine.task(await engine.template(parents, rules));
  const [first] = await a.claim(1);
  const [second] = await b.claim(1);
  return { task, a, b, keys: [first!, second!] };
}

const within = async <T>(db: Client, work: () => Promise<T>): Promise<T> => {
  await db.query('begin');
  return work();
};
const stalled = (): Promise<Row[]> => sql.engine.rows('select * from settle_stalled_tasks()');

describe('a step that fails and the last moving step, in two transactions that do not see each other', () => {
  it.each([
    ['the failure commits first', true],
    ['the success commits first', false],
  ])('leave a task that the sweep ends, where %s', async (_order, failureFirst) => {
    // b's step is no sink: its completion does not touch the task's row
    const { task, a, b, keys } = await race([[], [], [0, 1]]);
    const failing = await within(a.db, () => a.fail([keys[0]]));
    const completing = await within(b.db, () => b.complete([keys[1]]));
    for (const db of failureFirst ? [a.db, b.db] : [b.db, a.db]) await db.query('commit');

    const told = [...failing.filter(({ step_no }) => step_no === null), ...completing.settled];
    const swept = await stalled();

    expect(told.length + swept.length).toBe(1);
    expect(await sql.engine.taskState(task)).toBe('error');
    expect(await stalled()).toEqual([]);
    expect(await sql.engine.causes(task, -1)).toEqual(['created', 'started', 'failed']);
  });

  it('where the last one is a sink, wait for each other at the task', async () => {
    const { task, a, b, keys } = await race([[], []]);
    await within(a.db, () => a.fail([keys[0]]));
    const completing = b.complete([keys[1]]);
    await a.db.query('commit');

    const { settled } = await completing;
    const swept = await stalled();

    expect(settled.length + swept.length).toBe(1);
    expect(await sql.engine.taskState(task)).toBe('error');
  });

  it('that both fail end the task once', async () => {
    const { task, a, b, keys } = await race([[], []]);
    const first = await within(a.db, () => a.fail([keys[0]]));
    const failing = b.fail([keys[1]]);
    await a.db.query('commit');
    const second = await failing;

    const told = [...first, ...second].filter(({ step_no }) => step_no === null);
    expect(told).toMatchObject([{ task_id: task, state: 'error' }]);
    expect(await stalled()).toEqual([]);
  });

  it('in a task that stops at its first failure start no retry, whichever commits first', async () => {
    const { task, a, b, keys } = await race([[], [], [0, 1]], { stopOnFirstFailure: true });
    await within(a.db, () => a.fail([keys[0]]));
    const failing = b.fail([keys[1]], 0);
    await a.db.query('commit');
    await failing;
    await stalled();

    expect(await a.claim()).toEqual([]);
    expect(await sql.engine.taskState(task)).toBe('error');
    expect(await sql.engine.states(task)).toEqual(['error', 'waiting_for_retry', 'pending']);
  });
});

describe('settle_stalled_tasks', () => {
  it('leaves a failing task in which something runs, is ready, or waits for its retry', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const template = await engine.template([[], []]);
    const tasks = await engine.tasks(template, 3);
    const keys = await worker.claim();
    await worker.fail(keys.filter(({ step_no }) => step_no === 0));
    const of = (n: number): Key[] => keys.filter((key) => key.task_id === tasks[n] && key.step_no === 1);
    await worker.fail(of(1), 60_000);
    await worker.release(of(2));

    expect(await stalled()).toEqual([]);
    for (const task of tasks) expect(await engine.taskState(task)).toBe('in_progress');
  });
});
