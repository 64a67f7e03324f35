import { sqlEngine } from '../../support/sql-engine.js';

const sql = sqlEngine();

beforeEach(async () => {
  await sql.engine.rows('truncate step, task, transition');
});

const promote = () => sql.engine.rows('select promote_due_steps()');

describe('promote_due_steps', () => {
  it('makes steps claimable whose time has come, and no others', async () => {
    const { engine } = sql;
    const template = await engine.template([[]]);
    const [due] = await engine.tasks(template, 1, { runAt: new Date(Date.now() + 60_000) });
    const [later] = await engine.tasks(template, 1, { runAt: new Date(Date.now() + 90_000) });
    await engine.rows(`update step set due_at = now() where task_id = $1`, [due]);

    await promote();

    expect(await engine.step(due!)).toMatchObject({ state: 'ready', ready_at: expect.any(Date), due_at: null });
    expect(await engine.step(later!)).toMatchObject({ state: 'ready', ready_at: null, due_at: expect.any(Date) });
  });

  it('leaves a step that is held', async () => {
    const { engine } = sql;
    const [task] = await engine.tasks(await engine.template([[]]), 1, { runAt: new Date(Date.now() + 60_000) });
    await engine.rows(`update step set due_at = now(), held = true`);

    await promote();

    expect((await engine.step(task!)).ready_at).toBeNull();
  });

  it('takes those first that have waited longest, a thousand at a time', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    await engine.tasks(await engine.template([[]]), 1_500, { runAt: new Date(Date.now() + 60_000) });
    await engine.rows(
      `update step s set due_at = now() - n * interval '1 ms' from (select task_id, row_number() over (order by task_id) n from step) x where x.task_id = s.task_id`,
    );

    await promote();
    const [left] = await engine.rows('select count(*)::int as n, min(due_at) > now() - interval \'501 ms\' as youngest from step where due_at is not null'); // prettier-ignore
    expect(left).toMatchObject({ n: 500 });

    // claims go on promoting
    expect(await worker.claim(2_000)).toHaveLength(1_500);
  });

  it('on two connections at once neither waits nor promotes a step twice', async () => {
    const { engine } = sql;
    const one = await engine.connect();
    await engine.tasks(await engine.template([[]]), 10, { runAt: new Date(Date.now() + 60_000) });
    await engine.rows('update step set due_at = now()');

    await one.query('begin');
    await one.query('select promote_due_steps()');
    await promote();
    await one.query('commit');

    const [row] = await engine.rows('select count(*)::int as n from step where ready_at is not null');
    expect(row).toEqual({ n: 10 });
  });
});
