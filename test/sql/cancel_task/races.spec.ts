import { sqlEngine, type Row } from '../../support/sql-engine.js';

const sql = sqlEngine();

const cancel = (task: string, db = sql.engine.db): Promise<Row[]> =>
  db.query(`select * from cancel_task($1, 'ann', 'why not')`, [task]).then(({ rows }) => rows as Row[]);

describe('cancel_task', () => {
  it('waits for a settlement that is under way, and finds what that has left', async () => {
    const { engine } = sql;
    const worker = (await engine.worker()).on(await engine.connect());
    const task = await engine.task(await engine.template([[], [0]]));
    const keys = await worker.claim();
    await worker.db.query('begin');
    await worker.complete(keys);

    const cancelling = cancel(task);
    await worker.db.query('commit');

    expect((await cancelling).map(({ step_no, was, state }) => [step_no, was, state])).toEqual([
      [1, 'ready', 'cancelled'],
      [null, 'in_progress', 'cancelled'],
    ]);
    expect(await engine.states(task)).toEqual(['complete', 'cancelled']);
  });

  it('comes too late for a task that completes meanwhile, and changes nothing', async () => {
    const { engine } = sql;
    const worker = (await engine.worker()).on(await engine.connect());
    const task = await engine.task(await engine.template([[]]));
    const keys = await worker.claim();
    await worker.db.query('begin');
    await worker.complete(keys);

    const cancelling = cancel(task);
    await worker.db.query('commit');

    expect(await cancelling).toMatchObject([{ was: 'complete', state: 'complete' }]);
    expect(await engine.taskState(task)).toBe('complete');
    expect(await engine.causes(task, -1)).toEqual(['created', 'started', 'succeeded']);
  });

  it('is done once by two at the same moment', async () => {
    const { engine } = sql;
    const task = await engine.task(await engine.template([[], [0]]));
    const [one, two] = [await engine.connect(), await engine.connect()];

    const answers = await Promise.all([cancel(task, one), cancel(task, two)]);

    expect(answers.map((rows) => rows.at(-1)).sort((a, b) => (a!.was < b!.was ? -1 : 1))).toMatchObject([
      { was: 'cancelled', outcome: 'unchanged' },
      { was: 'pending', outcome: 'done' },
    ]);
    expect(await engine.causes(task, -1)).toEqual(['created', 'cancelled']);
  });

  it('leaves nothing that a worker could claim', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const task = await engine.task(await engine.template([[], [], [0]]));
    await worker.fail(await worker.claim(1), 0);
    await cancel(task);

    expect(await worker.claim()).toEqual([]);
    const rows = await engine.rows(
      'select 1 from step where task_id = $1 and (ready_at is not null or due_at is not null)',
      [task],
    );
    expect(rows).toEqual([]);
  });

  it('answers null for a task that does not exist', async () => {
    expect(await cancel(sql.engine.newId())).toMatchObject([{ was: null }]);
  });
});
