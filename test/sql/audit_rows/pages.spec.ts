import { sqlEngine, type Row } from '../../support/sql-engine.js';
import { costOf } from '../../support/statement-cost.js';

const sql = sqlEngine();
const ALL = 1_000_000_000;

const rows = (task: string | null, after: number, upto: number, bytes = ALL): Promise<Row[]> =>
  sql.engine.rows(
    `select audit_no::int, task_id, step_no, attempt, cause, name, payload, retry_limit, result, began_at, at, retried,
            bypassed, cut
     from audit_rows($1, $2, $3, enum_range(null::cause), enum_range(null::cause), true, $4)`,
    [task, after, upto, bytes],
  );

const last = async (): Promise<number> =>
  Number(
    (await sql.engine.rows('select case when is_called then last_value else 0 end as last_value from audit_no'))[0]!
      .last_value,
  );

describe('audit_rows', () => {
  it('gives rows in the order of their numbers, those of a task as what follows from what', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const before = await last();
    const task = await engine.task(await engine.template([[], [0]]));
    const first = await worker.claim();
    await worker.fail(first, 0);
    const second = await worker.claim();
    await engine.rows(
      `insert into custom_event (task_id, step_no, attempt, position, name, payload) values ($1, 0, 2, 0, 'order.paid', '{"n":1}')`,
      [task],
    );
    const { handedOff } = await worker.complete(second, { results: [{ value: 7 }], handoff: 1 });
    await worker.complete(handedOff);

    const found = await rows(null, before, await last());
    expect(found.map(({ step_no, attempt, cause, name }) => [step_no, attempt, cause ?? name])).toEqual([
      [-1, 0, 'created'],
      [0, 0, 'ready'],
      [-1, 1, 'started'],
      [0, 1, 'claimed'],
      [0, 1, 'failed'],
      [0, 2, 'claimed'],
      [0, 2, 'order.paid'],
      [0, 2, 'succeeded'],
      [1, 1, 'handed_off'],
      [1, 1, 'succeeded'],
      [-1, 2, 'succeeded'],
    ]);
    expect(found.map(({ audit_no }) => audit_no)).toEqual(
      [...found].map(({ audit_no }) => audit_no).sort((a, b) => a - b),
    );
    expect(found[6]).toMatchObject({ payload: { n: 1 }, retry_limit: 3 });
    expect(found[7]).toMatchObject({ result: { value: 7 }, began_at: found[5]!.at, cut: false });
    expect(found.map(({ retried }, n) => (retried ? n : null)).filter((n) => n !== null)).toEqual([5]);
    expect(await rows(task, 0, ALL)).toEqual(found);
    expect(await rows(task, found[3]!.audit_no, found[5]!.audit_no)).toEqual(found.slice(4, 6));
  });

  it('gives only the rows that are wanted', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const before = await last();
    const task = await engine.task(await engine.template([[]]));
    const [key] = await worker.claim();
    await engine.rows(
      `insert into custom_event (task_id, step_no, attempt, position, name, payload) values ($1, 0, 1, 0, 'a.b', '{}')`,
      [task],
    );
    await worker.complete([key!]);
    const wanted = async (ofTask: string, ofSteps: string, custom: boolean): Promise<unknown[]> =>
      (
        await engine.rows(
          `select step_no, coalesce(cause::text, name) as what from audit_rows(null, $1, $2, $3, $4, $5, $6)`,
          [...[before, ALL, ofTask, ofSteps, custom, ALL]],
        )
      ).map(({ step_no, what }) => `${step_no} ${what}`);
    expect(await wanted('{succeeded}', '{}', false)).toEqual(['-1 succeeded']);
    expect(await wanted('{}', '{succeeded,claimed}', false)).toEqual(['0 claimed', '0 succeeded']);
    expect(await wanted('{created}', '{}', true)).toEqual(['-1 created', '0 a.b']);
  });

  it('knows the steps that a request passes over', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const task = await engine.task(await engine.template([[]]), { bypass: [0] });
    await worker.advance(await worker.claim(), { to: 'skipped', cause: 'bypassed' });
    const found = await rows(task, 0, ALL);
    expect(found.filter(({ bypassed }) => bypassed).map(({ cause }) => cause)).toEqual([
      'ready',
      'claimed',
      'bypassed',
    ]);
  });

  it('stops after so many bytes, at least one row, and says so', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const before = await last();
    await engine.tasks(await engine.template([[]]), 5);
    // hardly to be compressed
    const text = Array.from({ length: 5_000 }, () => Math.random().toString(36)).join('');
    await worker.complete(await worker.claim(), { results: Array(5).fill(text) });
    const all = await rows(null, before, await last());
    let read: Row[] = [];
    let pages = 0;
    for (let after = before; ; pages++) {
      const page = await rows(null, after, await last(), 40_000);
      read = [...read, ...page];
      if (!page.at(-1)?.cut) break;
      expect(page.slice(0, -1).some(({ cut }) => cut)).toBe(false);
      after = page.at(-1)!.audit_no as number;
    }
    expect(pages).toBeGreaterThanOrEqual(5);
    expect(read.map(({ audit_no }) => audit_no)).toEqual(all.map(({ audit_no }) => audit_no));
  });

  it('reads little however much there is, once the index knows it', async () => {
    const { engine } = sql;
    const template = await engine.template([[]]);
    await engine.rows(
      `insert into transition (task_id, step_no, attempt, cause)
       select first_id_at(now() - interval '1 second' * n), -1, 0, 'created' from generate_series(1, 60000) n`,
    );
    await engine.rows('analyze transition');
    await engine.rows('select summarize_audit()');
    const before = await last();
    await engine.tasks(template, 3);
    const upto = await last();
    await rows(null, before, upto);

    const { blocks } = await costOf(engine, () => rows(null, before, upto));
    const [{ pages }] = (await engine.rows(
      `select sum(pg_relation_size(c.oid))::int / 8192 as pages from pg_class c join pg_inherits i on i.inhrelid = c.oid
       where i.inhparent = 'transition'::regclass`,
    )) as [{ pages: number }];
    expect(pages).toBeGreaterThan(500);
    expect(blocks).toBeLessThan(350);
  });
});
