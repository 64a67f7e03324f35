import { sqlEngine } from '../../support/sql-engine.js';

const sql = sqlEngine();

const month = (name: string, from: string, to: string) =>
  ['transition', 'custom_event'].map((table) =>
    sql.engine.rows(
      `do $$ begin execute format('create table ${table}_${name} partition of ${table} for values from (%L) to (%L)',
         first_id_at('${from}Z'), first_id_at('${to}Z')); end $$`,
    ),
  );
const drop = async (): Promise<string[]> =>
  (await sql.engine.rows<{ dropped: string[] }>('select drop_past_months() as dropped'))[0]!.dropped;
const partitions = async (): Promise<string[]> => {
  const rows = await sql.engine.rows<{ name: string }>(
    `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'transition'::regclass order by 1`,
  );
  return rows.map(({ name }) => name);
};

describe('drop_past_months', () => {
  it('drops the past months of which no task is left, and no other', async () => {
    const { engine } = sql;
    await engine.rows('select create_partitions()');
    const current = await partitions();
    await Promise.all(month('202001', '2020-01-01', '2020-02-01'));
    await Promise.all(month('202002', '2020-02-01', '2020-03-01'));
    const [old] = await engine.rows<{ id: string }>(`select first_id_at('2020-02-11Z') as id`);
    const request = engine.request(old!.id, await engine.template([[]]));
    await engine.rows('select * from create_tasks($1, false)', [JSON.stringify([request])]);

    expect(await drop()).toEqual(['custom_event_202001', 'transition_202001']);
    expect(await partitions()).toEqual(['transition_202002', ...current].sort());
    expect(await engine.causes(old!.id, -1)).toEqual(['created']);

    await engine.rows('select * from delete_tasks($1)', [[old!.id]]);
    expect(await drop()).toEqual(['custom_event_202002', 'transition_202002']);
    expect(await partitions()).toEqual(current);
    expect(await drop()).toEqual([]);
  });

  it('waits for nobody who reads or writes the audit: another time will do', async () => {
    const { engine } = sql;
    await Promise.all(month('202003', '2020-03-01', '2020-04-01'));
    const other = await engine.connect();
    await other.query('begin');
    await other.query('select count(*) from transition');
    expect(await drop()).toEqual(['custom_event_202003']);
    await other.query('commit');
    expect(await drop()).toEqual(['transition_202003']);
  });
});
