import { sqlEngine, type Key, type SqlWorker } from '../../support/sql-engine.js';

const sql = sqlEngine();

describe('a join', () => {
  it.each([
    ['its parents complete one by one', 1],
    ['its parents complete in two batches', 2],
    ['its parents complete in one batch', 100],
  ])('is ready once where %s', async (_how, batches) => {
    const { engine } = sql;
    const worker = await engine.worker();
    const width = 20;
    const parents = [...Array.from({ length: width }, () => []), Array.from({ length: width }, (_, n) => n)];
    const task = await engine.task(await engine.template(parents));
    const keys = await worker.claim();
    const size = batches === 1 ? 1 : batches === 2 ? width / 2 : width;

    const handedOff: Key[] = [];
    for (let from = 0; from < width; from += size) {
      expect((await engine.step(task, width)).state).toBe('pending');
      handedOff.push(...(await worker.complete(keys.slice(from, from + size), { handoff: 10 })).handedOff);
    }

    expect(handedOff).toEqual([{ task_id: task, step_no: width, attempt: 1 }]);
    expect(await engine.causes(task, width)).toEqual(['handed_off']);
    expect((await worker.complete(handedOff)).settled).toHaveLength(1);
    expect(await engine.taskState(task)).toBe('complete');
  });

  it('loses no decrement where its parents complete on many connections at the same moment', async () => {
    const { engine } = sql;
    const width = 8;
    const parents = [...Array.from({ length: width }, () => []), Array.from({ length: width }, (_, n) => n)];
    const template = await engine.template(parents);
    const workers: SqlWorker[] = [];
    for (let n = 0; n < width; n++) workers.push((await engine.worker()).on(await engine.connect()));
    const tasks = await engine.tasks(template, 25);
    const held: Key[][] = [];
    for (const worker of workers) held.push(await worker.claim(tasks.length));
    expect(held.flat()).toHaveLength(tasks.length * width);

    // each worker holds some parents of some tasks: the batches cross each other in every join
    const advances = await Promise.all(
      workers.map((worker, n) => worker.complete(held[n]!, { handoff: 1_000 }).catch((error: unknown) => error)),
    );

    const deadlocks = advances.filter((one) => one instanceof Error);
    expect(deadlocks).toEqual([]);
    const joins = (advances as Awaited<ReturnType<SqlWorker['complete']>>[]).flatMap(({ handedOff }) => handedOff);
    expect(new Set(joins.map(({ task_id }) => task_id))).toEqual(new Set(tasks));
    expect(joins).toHaveLength(tasks.length);
    const [left] = await engine.rows('select count(*)::int as n from step where remaining_parents <> 0');
    expect(left).toEqual({ n: 0 });
  });

  it('waits for the transaction of another parent, and is then ready', async () => {
    const { engine } = sql;
    const one = (await engine.worker()).on(await engine.connect());
    const two = (await engine.worker()).on(await engine.connect());
    const task = await engine.task(await engine.template([[], [], [0, 1]]));
    const [first] = await one.claim(1);
    const [second] = await two.claim(1);

    await one.db.query('begin');
    expect((await one.complete([first!], { handoff: 5 })).handedOff).toEqual([]);
    const waiting = two.complete([second!], { handoff: 5 });
    await one.db.query('commit');

    expect((await waiting).handedOff).toEqual([{ task_id: task, step_no: 2, attempt: 1 }]);
  });

  it('is as it was where the transaction of a parent is rolled back', async () => {
    const { engine } = sql;
    const worker = (await engine.worker()).on(await engine.connect());
    const task = await engine.task(await engine.template([[], [0]]));
    const keys = await worker.claim();

    await worker.db.query('begin');
    await worker.complete(keys, { handoff: 5 });
    await worker.db.query('rollback');

    expect(await engine.states(task)).toEqual(['in_progress', 'pending']);
    expect((await engine.step(task, 1)).remaining_parents).toBe(1);
    expect((await worker.complete(keys, { handoff: 5 })).handedOff).toHaveLength(1);
  });
});

describe('dependents', () => {
  it('beyond what is handed off are left to the pool, and said to be', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const task = await engine.task(await engine.template([[], [0], [0], [0]]));
    const keys = await worker.claim();

    const { handedOff, leftReady } = await worker.complete(keys, { handoff: 2 });

    expect(handedOff.map(({ step_no }) => step_no)).toEqual([1, 2]);
    expect(leftReady).toBe(true);
    expect(await engine.states(task)).toEqual(['complete', 'in_progress', 'in_progress', 'ready']);
    expect(await worker.claim()).toEqual([{ task_id: task, step_no: 3, attempt: 1 }]);
  });

  it('that the worker has no handler for are left to the pool', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const template = await engine.template([[], [0]], { handler: (step) => (step === 0 ? 'mine' : 'theirs') });
    const [{ id: mine }] = (await engine.rows(`select id from handler where name = 'mine'`)) as [{ id: number }];
    const task = await engine.task(template);
    const keys = await worker.claim(10, [mine]);

    const { handedOff, leftReady } = await worker.advance(keys, { handoff: 5, handlers: [mine] });

    expect({ handedOff, leftReady }).toEqual({ handedOff: [], leftReady: true });
    expect(await engine.states(task)).toEqual(['complete', 'ready']);
    expect(await worker.claim(10, [mine])).toEqual([]);
  });

  it('that are held are ready but not handed off', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const task = await engine.task(await engine.template([[], [0]]));
    const keys = await worker.claim();
    await engine.rows('update step set held = true where task_id = $1 and step_no = 1', [task]);

    expect((await worker.complete(keys, { handoff: 5 })).handedOff).toEqual([]);
    expect(await engine.states(task)).toEqual(['complete', 'ready']);
    expect(await worker.claim()).toEqual([]);
  });
});
