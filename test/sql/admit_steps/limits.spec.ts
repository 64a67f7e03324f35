import { sqlEngine, type Key, type SqlEngine } from '../../support/sql-engine.js';

const sql = sqlEngine();

beforeEach(async () => {
  await sql.engine.rows('truncate step, task, transition, worker');
});

/** Claimable or running: [task, step]. */
async function permits(engine: SqlEngine): Promise<[string, number][]> {
  const rows = await engine.rows<{ task_id: string; step_no: number }>(
    `select task_id, step_no from step where state = 'in_progress' or (ready_at is not null and not held)
     order by task_id, step_no`,
  );
  return rows.map(({ task_id, step_no }) => [task_id, step_no]);
}

const gates = async (engine: SqlEngine, task: string): Promise<(string | null)[]> =>
  (await engine.rows<{ gate: string | null }>('select gate from step where task_id = $1 order by step_no', [task])).map(
    ({ gate }) => gate,
  );

const steps = (keys: Key[]): number[] => keys.map(({ step_no }) => step_no).sort((a, b) => a - b);

describe('the limit of a task', () => {
  it('lets so many of its steps run at once, the first of the template first', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const task = await engine.task(await engine.template([[], [], [], []], { limits: { max_task_steps: 2 } }));

    expect(await worker.claim()).toEqual([]);
    expect(await engine.admit([task])).toBe(2);
    const claimed = await worker.claim();
    expect(steps(claimed)).toEqual([0, 1]);
    expect(await engine.admit([task])).toBe(0);

    await worker.complete([claimed[1]!]);
    expect(await engine.admit([task])).toBe(1);
    expect(steps(await worker.claim())).toEqual([2]);
  });

  it('of one runs the steps in the order of the template, where the graph leaves a choice', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    // 0, then 1 which depends on it, though 2 has been ready for longer
    const task = await engine.task(await engine.template([[], [0], [], [1, 2]], { limits: { max_task_steps: 1 } }));
    const order: number[] = [];
    for (let left = 4; left > 0; left--) {
      expect(await engine.admit([task])).toBe(1);
      const keys = await worker.claim();
      order.push(...steps(keys));
      const { handedOff } = await worker.complete(keys, { handoff: 10 });
      expect(handedOff).toEqual([]);
    }
    expect(order).toEqual([0, 1, 2, 3]);
    expect(await engine.taskState(task)).toBe('complete');
  });

  it('does not hide other tasks of the template', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const template = await engine.template([[], [], []], { limits: { max_task_steps: 1, max_steps: 2 } });
    const [older, newer] = await engine.tasks(template, 2);

    await engine.admit([older!, newer!]);

    const claimed = await worker.claim();
    expect(claimed.map(({ task_id, step_no }) => [task_id, step_no])).toEqual([
      [older, 0],
      [newer, 0],
    ]);
  });
});

describe('the limit of a template', () => {
  it('is one for all of its tasks, the oldest of the highest priority first', async () => {
    const { engine } = sql;
    const template = await engine.template([[]], { limits: { max_steps: 2 } });
    const [oldest, ...others] = await engine.tasks(template, 3);
    const [urgent] = await engine.tasks(template, 1, { priority: 5 });

    expect(await engine.admit([urgent!, oldest!, ...others].reverse())).toBe(2);
    expect((await permits(engine)).map(([task]) => task)).toEqual([oldest, urgent]);
  });

  it('is one for all of its versions, each with the limit that it was stored with', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const name = engine.newId();
    const first = await engine.template([[]], { name, limits: { max_steps: 3 } });
    const second = await engine.template([[]], { name, version: '2.0.0', limits: { max_steps: 2 } });
    const old = await engine.tasks(first, 2);
    const [next] = await engine.tasks(second);
    const [last] = await engine.tasks(first);
    const all = [...old, next!, last!];

    expect(await engine.admit(all)).toBe(2);
    // There is room for the last by its own version's limit, but it is not its turn.
    const [one] = await worker.claim(1);
    expect(await engine.admit(all)).toBe(0);
    await worker.complete([one!]);
    expect(await engine.admit(all)).toBe(2);
    expect((await permits(engine)).map(([task]) => task)).toEqual([old[1], next, last]);
  });

  it('is kept by those that admit at the same moment', async () => {
    const { engine } = sql;
    const template = await engine.template([[], []], { limits: { max_steps: 3 } });
    const tasks = await engine.tasks(template, 20);
    const clients = await Promise.all(Array.from({ length: 8 }, () => engine.connect()));

    const admitted = await Promise.all(clients.map((db) => engine.admit(tasks, db)));

    expect(admitted.reduce((sum, n) => sum + n)).toBe(3);
    expect(await permits(engine)).toHaveLength(3);
  });

  it('leaves a step that somebody has locked for later, and waits for nobody', async () => {
    const { engine } = sql;
    const template = await engine.template([[]], { limits: { max_steps: 1 } });
    const [locked, free] = await engine.tasks(template, 2);
    const db = await engine.connect();
    await db.query('begin');
    await db.query('select from step where task_id = $1 for update', [locked]);

    expect(await engine.admit([locked!, free!])).toBe(1);
    await db.query('rollback');
    expect(await permits(engine)).toEqual([[free, 0]]);
    expect((await engine.rows('select sweep_gates(true) as n'))[0]!.n).toBe(0);
    expect(await gates(engine, locked!)).toEqual(['template_limit']);
  });
});

describe('the places of tasks', () => {
  it('go to so many tasks, whose steps then run freely; the next one follows when one has ended', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const template = await engine.template([[], [], [0, 1]], { limits: { max_tasks: 1 } });
    const [first, second] = await engine.tasks(template, 2);
    const both = [first!, second!];

    expect(await engine.admit(both)).toBe(2);
    expect(await gates(engine, second!)).toEqual(['task_queue', 'task_queue', null]);
    await worker.complete(await worker.claim());
    expect(await engine.admit(both)).toBe(1);
    await worker.complete(await worker.claim());
    expect(await engine.taskState(first!)).toBe('complete');

    expect(await engine.admit([first!])).toBe(2);
    expect(await permits(engine)).toEqual([
      [second, 0],
      [second, 1],
    ]);
  });

  it('are kept while a task waits for a retry', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const template = await engine.template([[]], { limits: { max_tasks: 1 } });
    const [first, second] = await engine.tasks(template, 2);
    await engine.admit([first!, second!]);
    await worker.fail(await worker.claim(), 3_600_000);

    expect(await engine.admit([first!, second!])).toBe(0);
  });

  it('wait for a task that is to run later only when its time has come', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const template = await engine.template([[]], { limits: { max_tasks: 1 } });
    const [later] = await engine.tasks(template, 1, { runAt: new Date(Date.now() + 3_600_000) });
    const [now, next] = await engine.tasks(template, 2);
    expect(await engine.admit([later!, now!, next!])).toBe(1);

    await engine.rows('update step set due_at = now() where task_id = $1', [later]);
    const { queued, claimed } = await worker.advance([], { want: 10 });
    expect(queued).toEqual([later]);
    expect(claimed.map(({ task_id }) => task_id)).toEqual([now]);
    expect(await gates(engine, later!)).toEqual(['task_queue']);

    await worker.complete(claimed);
    expect(await engine.admit([now!])).toBe(1);
    // it is the older one
    expect(await permits(engine)).toEqual([[later, 0]]);
  });
});

describe('a permit', () => {
  it('ends with the attempt: by success, failure, retry and skip', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const template = await engine.template([[]], { limits: { max_steps: 4 } });
    const tasks = await engine.tasks(template, 4);
    await engine.admit(tasks);
    const [one, two, three, four] = await worker.claim();

    await worker.complete([one!]);
    await worker.fail([two!]);
    await worker.fail([three!], 3_600_000);
    await worker.advance([four!], { to: 'skipped', cause: 'failed', results: [{ message: 'no' }] });

    expect(await engine.rows('select gate from step where gate is not null')).toEqual([]);
  });

  it('stays with a step that is given back or rescued', async () => {
    const { engine } = sql;
    const [dead, live] = [await engine.worker(), await engine.worker()];
    const template = await engine.template([[]], { limits: { max_steps: 2 } });
    const tasks = await engine.tasks(template, 3);
    await engine.admit(tasks);
    await dead.claim(1);
    await live.release(await live.claim(1), 'as it likes');
    await engine.silence(dead, 60_000);
    await engine.rows(`select * from rescue_workers(1000, 3, 'died')`);

    expect(await engine.admit(tasks)).toBe(0);
    expect(await permits(engine)).toEqual([
      [tasks[0], 0],
      [tasks[1], 0],
    ]);
  });

  it('is asked for again by a retry that has come due', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const template = await engine.template([[]], { limits: { max_steps: 1 } });
    const [first, second] = await engine.tasks(template, 2);
    await engine.admit([first!, second!]);
    await worker.fail(await worker.claim(), 0);
    await engine.admit([second!]);

    const { queued, claimed } = await worker.advance([], { want: 10 });
    expect(queued).toEqual([first]);
    expect(claimed.map(({ task_id }) => task_id)).toEqual([second]);
    expect(await engine.admit([first!])).toBe(0);
    await worker.complete(claimed);
    expect(await engine.admit([second!])).toBe(1);
    expect(await permits(engine)).toEqual([[first, 0]]);
  });

  it('is taken from a step whose task is held, which gets one again later', async () => {
    const { engine } = sql;
    const template = await engine.template([[]], { limits: { max_steps: 1 } });
    const [held, other] = await engine.tasks(template, 2);
    await engine.admit([held!, other!]);
    await engine.rows('update step set held = true where task_id = $1', [held]);

    expect(await engine.admit([other!])).toBe(1);
    expect(await permits(engine)).toEqual([[other, 0]]);
    await engine.rows('update step set held = false where task_id = $1', [held]);
    expect(await engine.admit([held!])).toBe(0);
    expect(await gates(engine, held!)).toEqual(['template_limit']);
  });

  it('is not left with a cancelled task', async () => {
    const { engine } = sql;
    const template = await engine.template([[], [], [0]], { limits: { max_steps: 1 } });
    const [first, second] = await engine.tasks(template, 2);
    await engine.admit([first!, second!]);
    await engine.rows(`select * from cancel_task($1, null, null)`, [first]);

    expect(await gates(engine, first!)).toEqual([null, null, null]);
    expect(await engine.admit([first!])).toBe(1);
    expect(await permits(engine)).toEqual([[second, 0]]);
  });

  it('cannot be had by any other way', async () => {
    const { engine } = sql;
    const task = await engine.task(await engine.template([[]], { limits: { max_steps: 1 } }));

    await expect(engine.rows('update step set ready_at = now() where task_id = $1', [task])).rejects.toThrow(
      'gate_agrees_with_state',
    );
    await expect(engine.rows('update step set gate = null where task_id = $1', [task])).rejects.toThrow(
      'gate_agrees_with_state',
    );
  });
});

describe('sweep_gates', () => {
  it('admits what nobody else has', async () => {
    const { engine } = sql;
    const template = await engine.template([[], []], { limits: { max_task_steps: 1, max_tasks: 2, max_steps: 2 } });
    await engine.tasks(template, 3);

    expect((await engine.rows('select sweep_gates(false) as n'))[0]!.n).toBe(2);
    expect((await engine.rows('select sweep_gates(true) as n'))[0]!.n).toBe(0);
  });

  it('writes nothing where nothing may go', async () => {
    const { engine } = sql;
    const template = await engine.template([[], []], { limits: { max_task_steps: 1, max_tasks: 2, max_steps: 1 } });
    await engine.tasks(template, 5);
    await engine.rows('select sweep_gates(true)');

    await engine.rows('begin');
    await engine.rows('select sweep_gates(true)');
    const [row] = await engine.rows('select pg_current_xact_id_if_assigned() is null as read_only');
    await engine.rows('commit');
    expect(row!.read_only).toBe(true);
  });
});
