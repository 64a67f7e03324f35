import { DataSource, type QueryRunner } from 'typeorm';
import { CreateTables1764000000000 } from '../../../src/persistence/migrations/1764000000000-create-tables.js';
import { AddLimits1764200000000 } from '../../../src/persistence/migrations/1764200000000-add-limits.js';
import { emptyTestDatabase, type TestDatabase } from '../../support/database.js';

type Row = Record<string, unknown>;

const TASK = '01a1f987-0000-7000-8000-000000000001';
const STEPS = [
  { name: 'pay', handler: 'call', dependentSystem: 'bank' },
  { name: 'ship', handler: 'call', dependentSystem: 'carrier' },
  { name: 'mail', handler: 'call', dependentSystem: null },
  { name: 'paid', handler: 'call', dependentSystem: 'bank' },
];

describe('the migration to handlers by system', () => {
  let database: TestDatabase;
  let source: DataSource;
  let db: QueryRunner;
  const rows = (sql: string): Promise<Row[]> => db.query(sql) as Promise<Row[]>;
  const migration = new AddLimits1764200000000();

  /** Of each step, in the template and in the task, the handler's name and system. */
  const handlersOf = (table: 'template_step' | 'step'): Promise<Row[]> =>
    rows(
      `select s.step_no, h.name, h.dependent_system from ${table} s join handler h on h.id = s.handler_id order by 1`,
    );

  beforeAll(async () => {
    database = await emptyTestDatabase();
    source = await new DataSource({ type: 'postgres', url: database.url }).initialize();
    db = source.createQueryRunner();
    await db.query('create schema tasker; set search_path to tasker');
    await new CreateTables1764000000000().up(db);
    await db.query(`insert into handler (name) values ('call')`);
    await db.query(
      `insert into template (namespace, name, version, content_hash, definition, sinks, stop_on_first_failure)
       values ('n', 't', '1.0.0', 'h', $1, 1, false)`,
      [JSON.stringify({ steps: STEPS })],
    );
    await db.query(`
      insert into template_step (template_id, step_no, name, handler_id, parents, is_sink, retry_limit, timeout_ms, skippable)
      select 1, n, 's' || n, (select id from handler where name = 'call'), 0, true, 3, 1000, false from generate_series(0, 3) n;
      insert into task (id, template_id, remaining_sinks, context, initiator, reason, source_system, correlation_id)
      values ('${TASK}', 1, 4, '{}', 'i', 'r', 's', 'c');
      -- the last one is bypassed
      insert into step (task_id, step_no, retry_limit, remaining_parents, priority, template_id, handler_id, state, is_sink, ready_at)
      select '${TASK}', n, 3, 0, 0, 1, (select id from handler where name = case n when 3 then 'tasker.bypass' else 'call' end),
             'ready', true, now() from generate_series(0, 3) n`);
    await migration.up(db);
  });
  afterAll(async () => {
    await db.release();
    await source.destroy();
    await database.drop();
  });

  it('tells handlers apart by the systems that their steps depend on', async () => {
    const call = (step_no: number, dependent_system: string): Row => ({ step_no, name: 'call', dependent_system });
    expect(await handlersOf('template_step')).toEqual([
      call(0, 'bank'),
      call(1, 'carrier'),
      call(2, ''),
      call(3, 'bank'),
    ]);
    expect(await handlersOf('step')).toEqual([
      call(0, 'bank'),
      call(1, 'carrier'),
      call(2, ''),
      { step_no: 3, name: 'tasker.bypass', dependent_system: '' },
    ]);
  });

  it('can be taken back', async () => {
    await migration.down(db);
    const names = await rows('select h.name from step s join handler h on h.id = s.handler_id order by s.step_no');
    expect(names.map(({ name }) => name)).toEqual(['call', 'call', 'call', 'tasker.bypass']);
    expect(await rows('select name from handler order by id')).toEqual([{ name: 'tasker.bypass' }, { name: 'call' }]);
    await migration.up(db);
  });
});
