import { sqlEngine } from '../../support/sql-engine.js';

const sql = sqlEngine();

/** Pages that a search for a number which no row has reads nevertheless. */
async function pagesInVain(): Promise<number> {
  const { engine } = sql;
  await engine.rows('set enable_seqscan = off');
  const [row] = await engine.rows(`explain (analyze, format json) select from transition where audit_no = -1`);
  await engine.rows('reset enable_seqscan');
  return [...JSON.stringify(row).matchAll(/"Lossy Heap Blocks":(\d+)/g)].reduce(
    (sum, [, pages]) => sum + Number(pages),
    0,
  );
}

const ROWS = `insert into transition (task_id, step_no, attempt, cause)
  select first_id_at(now() - interval '1 ms' * n), -1, (random() * 30000)::int2, 'created' from generate_series(1, 80000) n
  on conflict do nothing`;

describe('summarize_audit', () => {
  it('lets a search pass over all that it does not look for', async () => {
    const { engine } = sql;
    await engine.rows(ROWS);
    expect(await pagesInVain()).toBeGreaterThan(300);
    expect(await engine.rows('select summarize_audit() as mended')).toEqual([{ mended: 0 }]);
    expect(await pagesInVain()).toBe(0);
  });

  it('mends an index that a cancelled vacuum has left half-made', async () => {
    const { engine } = sql;
    const [{ index }] = (await engine.rows(
      `select i.inhrelid::regclass::text as index from pg_inherits i
       where i.inhparent = 'transition_audit_no'::regclass order by pg_relation_size(i.inhrelid) desc,
         (select pg_relation_size(x.indrelid) from pg_index x where x.indexrelid = i.inhrelid) desc limit 1`,
    )) as [{ index: string }];
    for (let tries = 0; (await pagesInVain()) === 0; tries++) {
      if (tries === 200) throw new Error('no summary could be cancelled half-way');
      await engine.rows(`select brin_desummarize_range($1, 0)`, [index]);
      await engine.rows(`set statement_timeout = '${1 + (tries % 3)}ms'`);
      await engine.rows('select brin_summarize_range($1, 0)', [index]).catch(() => undefined);
      await engine.rows('reset statement_timeout');
      await engine.rows('select brin_summarize_new_values($1)', [index]);
    }
    expect(await engine.rows('select summarize_audit() as mended')).toEqual([{ mended: 1 }]);
    expect(await pagesInVain()).toBe(0);
  }, 30_000);

  it('passes over a table that somebody works on', async () => {
    const { engine } = sql;
    const other = await engine.connect();
    await other.query('begin; lock table transition in share update exclusive mode');
    await engine.rows('select summarize_audit()');
    await other.query('rollback');
  });
});
