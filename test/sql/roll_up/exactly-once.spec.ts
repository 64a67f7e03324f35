import { sqlEngine, type Row, type SqlWorker } from '../../support/sql-engine.js';

const sql = sqlEngine();
let worker: SqlWorker;
let template: number;

beforeEach(async () => {
  const { engine } = sql;
  await engine.rows(`truncate task, step, transition, template, rollup_cursor, rollup_totals, rollup_error cascade`);
  worker = await engine.worker();
  template = await engine.template([[]]);
});

const drawn = async (): Promise<number> =>
  Number((await sql.engine.rows<Row>('select max(audit_no) as last from transition'))[0]!.last);
const rollUp = async (upto: number, most = 1_000, db = sql.engine.db): Promise<number | null> => {
  const { rows } = await db.query<{ roll_up: string | null }>('select roll_up($1, $2)', [upto, most]);
  return rows[0]!.roll_up === null ? null : Number(rows[0]!.roll_up);
};
const completed = async (): Promise<Record<number, [number, number]>> => {
  const rows = await sql.engine.rows(
    `select grain, sum(completed) filter (where step_no < 0)::int as tasks, sum(succeeded)::int as attempts
     from rollup_totals group by grain`,
  );
  return Object.fromEntries(rows.map(({ grain, tasks, attempts }) => [grain, [tasks, attempts]]));
};
async function complete(count: number): Promise<void> {
  await sql.engine.tasks(template, count);
  await worker.complete(await worker.claim(count));
}

describe('roll_up', () => {
  it('counts each row once, in minutes, hours and days, however it is cut into pieces', async () => {
    await complete(20);
    const last = await drawn();
    for (let upto = 1; upto < last; upto += 7) await rollUp(upto, 3);
    while ((await rollUp(last, 5)) !== last);
    expect(await completed()).toEqual({ 60: [20, 20], 3_600: [20, 20], 86_400: [20, 20] });
    await rollUp(last);
    expect(await completed()).toMatchObject({ 60: [20, 20] });
  });

  it('counts nothing twice where many processes are at it at once', async () => {
    const { engine } = sql;
    await complete(50);
    const last = await drawn();
    const others = await Promise.all(Array.from({ length: 4 }, () => engine.connect()));
    const turns = async (db: (typeof others)[number]): Promise<void> => {
      while ((await rollUp(last, 10, db)) !== last);
    };
    await Promise.all(others.map(turns));
    expect(await completed()).toMatchObject({ 60: [50, 50] });
  });

  it('leaves figures and cursor as they were where it fails half-way', async () => {
    const { engine } = sql;
    await complete(5);
    const db = await engine.connect();
    await db.query('begin');
    await rollUp(await drawn(), 1_000, db);
    await db.query('rollback');
    expect(await completed()).toEqual({});
    await rollUp(await drawn());
    expect(await completed()).toMatchObject({ 60: [5, 5] });
  });

  it('takes in what is deleted before its turn has come, and does not count it again', async () => {
    const { engine } = sql;
    await complete(3);
    await rollUp((await drawn()) - 2);
    const tasks = await engine.rows<{ id: string }>('select id from task');
    const last = await drawn();
    await engine.rows('select * from delete_tasks($1)', [tasks.map(({ id }) => id)]);
    expect(await completed()).toMatchObject({ 60: [3, 3], 86_400: [3, 3] });
    await rollUp(last);
    expect(await completed()).toMatchObject({ 60: [3, 3], 86_400: [3, 3] });
  });

  it('writes nothing where there is nothing new', async () => {
    await complete(2);
    const last = await drawn();
    await rollUp(last);
    const { db } = sql.engine;
    await db.query('begin');
    await rollUp(last);
    const [row] = await sql.engine.rows('select pg_current_xact_id_if_assigned()::text as written');
    expect(row).toEqual({ written: null });
    await db.query('commit');
  });

  it('forgets minutes after two days and hours after two months, and keeps the days', async () => {
    const { engine } = sql;
    await complete(4);
    await engine.rows(`update transition set at = at - interval '3 days'`);
    await rollUp(await drawn());
    await engine.rows('select forget_rollups()');
    expect(Object.keys(await completed())).toEqual(['3600', '86400']);
    await engine.rows(`update rollup_totals set at = at - interval '70 days'`);
    await engine.rows('select forget_rollups()');
    expect(await completed()).toEqual({ 86_400: [4, 4] });
  });
});
