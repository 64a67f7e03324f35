import { sqlEngine } from '../../support/sql-engine.js';

const sql = sqlEngine();

const create = (requests: object[], db = sql.engine.db) =>
  db.query('select * from create_tasks($1, true)', [JSON.stringify(requests)]).then(({ rows }) => rows as object[]);

const count = async (): Promise<number> => Number((await sql.engine.rows('select count(*) as n from task'))[0]!.n);

describe('create_tasks with idempotency keys', () => {
  it('answers the task that has the key, and creates nothing in its place', async () => {
    const { engine } = sql;
    const template = await engine.template([[], [0]]);
    const [first, second] = [engine.newId(), engine.newId()];
    expect(await create([engine.request(first, template, { key: 'k1', requestHash: 'h1' })])).toEqual([]);
    const before = await count();

    const answer = await create([engine.request(second, template, { key: 'k1', requestHash: 'other' })]);

    expect(answer).toEqual([{ id: second, existing_id: first, request_hash: 'h1', queue_size: null }]);
    expect(await count()).toBe(before);
    const rows = await engine.rows('select 1 from step where task_id = $1 union all select 1 from transition where task_id = $1', [second]); // prettier-ignore
    expect(rows).toEqual([]);
  });

  it('creates the others of a batch in which one key is taken, or given twice', async () => {
    const { engine } = sql;
    const template = await engine.template([[]]);
    const ids = Array.from({ length: 5 }, () => engine.newId());
    await create([engine.request(ids[0]!, template, { key: 'k2' })]);

    const answer = await create([
      engine.request(ids[1]!, template, { key: 'k2' }),
      engine.request(ids[2]!, template, { key: 'k3' }),
      engine.request(ids[3]!, template, { key: 'k3' }),
      engine.request(ids[4]!, template),
    ]);

    expect(answer).toEqual([
      { id: ids[1], existing_id: ids[0], request_hash: 'hash', queue_size: null },
      { id: ids[3], existing_id: ids[2], request_hash: 'hash', queue_size: null },
    ]);
    const made = await engine.rows('select id from task where id = any ($1)', [ids]);
    expect(made.map(({ id }) => id).sort()).toEqual([ids[0], ids[2], ids[4]]);
  });

  it('of two at the same moment creates one, and the other answers it', async () => {
    const { engine } = sql;
    const template = await engine.template([[]]);
    const one = await engine.connect();
    const two = await engine.connect();
    const [first, second] = [engine.newId(), engine.newId()];
    await one.query('begin');
    await create([engine.request(first, template, { key: 'k4' })], one);

    const waiting = create([engine.request(second, template, { key: 'k4' })], two);
    await one.query('commit');

    expect(await waiting).toEqual([{ id: second, existing_id: first, request_hash: 'hash', queue_size: null }]);
  });

  it('creates the second where the first is rolled back', async () => {
    const { engine } = sql;
    const template = await engine.template([[]]);
    const one = await engine.connect();
    const two = await engine.connect();
    const second = engine.newId();
    await one.query('begin');
    await create([engine.request(engine.newId(), template, { key: 'k5' })], one);

    const waiting = create([engine.request(second, template, { key: 'k5' })], two);
    await one.query('rollback');

    expect(await waiting).toEqual([]);
    expect(await engine.taskState(second)).toBe('pending');
  });

  it('is all or nothing', async () => {
    const { engine } = sql;
    const template = await engine.template([[]]);
    const before = await count();
    const bad = { ...engine.request(engine.newId(), template, { key: 'k7' }), priority: 101 };

    await expect(create([engine.request(engine.newId(), template, { key: 'k6' }), bad])).rejects.toMatchObject({
      code: '23514',
    });

    expect(await count()).toBe(before);
    expect(await engine.rows(`select * from idempotency_key where key in ('k6', 'k7')`)).toEqual([]);
  });
});

describe('create_tasks', () => {
  it('makes roots ready, others wait for as many parents as they have, and writes the first rows of the audit', async () => {
    const { engine } = sql;
    const task = await engine.task(await engine.template([[], [], [0, 1], [2]]));

    const steps = await engine.rows('select state, remaining_parents, is_sink, ready_at is not null as claimable from step where task_id = $1 order by step_no', [task]); // prettier-ignore
    expect(steps).toEqual([
      { state: 'ready', remaining_parents: 0, is_sink: false, claimable: true },
      { state: 'ready', remaining_parents: 0, is_sink: false, claimable: true },
      { state: 'pending', remaining_parents: 2, is_sink: false, claimable: false },
      { state: 'pending', remaining_parents: 1, is_sink: true, claimable: false },
    ]);
    expect(await engine.causes(task, -1)).toEqual(['created']);
    expect(await engine.causes(task, 0)).toEqual(['ready']);
    expect(await engine.causes(task, 2)).toEqual([]);
    const [row] = await engine.rows('select remaining_sinks, state from task where id = $1', [task]);
    expect(row).toEqual({ remaining_sinks: 1, state: 'pending' });
  });

  it('gives steps that are bypassed to the handler that every worker has', async () => {
    const { engine } = sql;
    const task = await engine.task(await engine.template([[], [0]]), { bypass: [1] });

    const [row] = await engine.rows(
      'select h.name from step s join handler h on h.id = s.handler_id where s.task_id = $1 and s.step_no = 1',
      [task],
    );
    expect(row).toEqual({ name: 'tasker.bypass' });
  });
});
