import { sqlEngine } from '../../support/sql-engine.js';

const sql = sqlEngine();

beforeEach(async () => {
  await sql.engine.rows('truncate step, task, transition');
});

describe('a claim', () => {
  it('takes the highest priority first, then the oldest task, then the first step', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const template = await engine.template([[], []]);
    const [low] = await engine.tasks(template, 1, { priority: -5 });
    const [old] = await engine.tasks(template);
    const [young] = await engine.tasks(template);
    const [high] = await engine.tasks(template, 1, { priority: 7 });
    const order = [high, high, old, old, young, young, low, low];

    for (const [n, task] of order.entries()) {
      const [key] = await worker.claim(1);
      expect([n, key]).toEqual([n, { task_id: task, step_no: n % 2, attempt: 1 }]);
    }
    expect(await worker.claim(1)).toEqual([]);
  });

  it('takes as many as are wanted and no more', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    await engine.tasks(await engine.template([[]]), 10);

    expect(await worker.claim(3)).toHaveLength(3);
    expect(await worker.claim(0)).toHaveLength(0);
    expect(await worker.claim(100)).toHaveLength(7);
  });

  it('only takes steps of handlers that the worker has', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    await engine.tasks(await engine.template([[]], { handler: 'other' }), 5, { priority: 100 });
    const [task] = await engine.tasks(await engine.template([[]], { handler: 'ours' }));
    const [{ id }] = (await engine.rows(`select id from handler where name = 'ours'`)) as [{ id: number }];

    expect(await worker.claim(10, [id])).toEqual([{ task_id: task, step_no: 0, attempt: 1 }]);
    expect(await worker.claim(10, [])).toEqual([]);
  });

  it('gives each step to one of several workers that claim at the same moment', async () => {
    const { engine } = sql;
    const template = await engine.template([[], []]);
    await engine.tasks(template, 100);
    const workers = [];
    for (let n = 0; n < 4; n++) workers.push((await engine.worker()).on(await engine.connect()));

    const taken: string[] = [];
    for (let round = 0; round < 50 && taken.length < 200; round++) {
      const claims = await Promise.all(workers.map((worker) => worker.claim(15)));
      taken.push(...claims.flat().map(({ task_id, step_no }) => `${task_id} ${step_no}`));
    }

    expect(taken).toHaveLength(200);
    expect(new Set(taken).size).toBe(200);
  });

  it('passes over steps that another claim is taking', async () => {
    const { engine } = sql;
    const one = (await engine.worker()).on(await engine.connect());
    const two = (await engine.worker()).on(await engine.connect());
    const tasks = await engine.tasks(await engine.template([[]]), 4);

    await one.db.query('begin');
    const first = await one.claim(2);
    const second = await two.claim(2);
    await one.db.query('rollback');

    expect(first.map(({ task_id }) => task_id)).toEqual(tasks.slice(0, 2));
    expect(second.map(({ task_id }) => task_id)).toEqual(tasks.slice(2));
    expect((await two.claim(10)).map(({ task_id }) => task_id)).toEqual(tasks.slice(0, 2));
  });

  it('leaves what is not due, what is held, and what waits for its parents', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const chain = await engine.template([[], [0]]);
    await engine.tasks(chain, 1, { runAt: new Date(Date.now() + 60_000) });
    const [held] = await engine.tasks(chain);
    await engine.rows('update step set held = true where task_id = $1', [held]);
    const [free] = await engine.tasks(chain);

    expect(await worker.claim()).toEqual([{ task_id: free, step_no: 0, attempt: 1 }]);
  });

  it('starts the task, once', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const [task] = await engine.tasks(await engine.template([[], []]));

    const first = await worker.advance([], { want: 1 });
    const second = await worker.advance([], { want: 1 });

    expect([first.started, second.started]).toEqual([[task], []]);
    expect(await engine.causes(task!, -1)).toEqual(['created', 'started']);
  });
});
