import { filterSql, type TaskFilter } from '../../../src/persistence/stores/task-filter.js';
import { sqlEngine } from '../../support/sql-engine.js';

const sql = sqlEngine();
const TASKS = 30_000;

const insertTasks = (from: number, to: number): string => `
  insert into task (id, template_id, state, priority, remaining_sinks, created_at, context, initiator, reason,
                    source_system, tags, correlation_id)
  select overlay(first_id_at(now() + interval '1 ms' * n)::text placing lpad(to_hex(n), 12, '0') from 25)::uuid,
         case when n % 9999 = 5 then 2 else 1 end,
         (case when n % 9999 = 3 then 'error' when n > 29990 then 'pending' else 'complete' end)::state,
         case when n % 5000 = 1 then 7 when n % 5000 = 2 then -7 else 0 end,
         case when n % 9999 = 3 or n > 29990 then 1 else 0 end, now() + interval '1 ms' * n, '{}',
         case when n % 9999 = 7 then 'rare' else 'user' || n % 20 end, 'why',
         case when n % 9999 = 7 then 'rare' else 'web' end,
         case when n % 9999 = 9 then '{rare,all}'::text[] when n % 2 = 0 then '{all}' else '{}' end,
         md5(n::text)
  from generate_series(${from}, ${to}) n`;

/** Pages that a page of the list takes, of those that the table has. */
async function share(asked: Partial<TaskFilter>, templates: number[] | null = null): Promise<number> {
  const filter: TaskFilter = { context: [], sort: '-created_at', after: null, ...asked };
  const names = { firstIdAt: 'first_id_at', template: 'template', state: 'state' };
  let pages = 0;
  for (const { where, orderBy, parameters } of filterSql(filter, templates, names)) {
    const [row] = await sql.engine.rows(
      `explain (analyze, buffers, format json) select t.id from task t ${where} order by ${orderBy} limit 4`,
      parameters,
    );
    const [{ Plan: plan }] = (row as { 'QUERY PLAN': [{ Plan: Record<string, number> }] })['QUERY PLAN'];
    pages += plan['Shared Hit Blocks']! + plan['Shared Read Blocks']!;
    if (plan['Actual Rows'] === 4) break;
  }
  const [{ all }] = (await sql.engine.rows(
    `select (pg_relation_size('task') / current_setting('block_size')::int)::int as all`,
  )) as [{ all: number }];
  return pages / all;
}

const LISTS: [string, Partial<TaskFilter>, number[]?][] = [
  ['all tasks', {}],
  ['all from the middle on', { after: { id: '', priority: 0 } }],
  ['a rare template', {}, [2]],
  ['a common template', {}, [1]],
  ['a template that has no task', {}, [3]],
  ['a rare initiator', { initiator: 'rare' }],
  ['a common initiator', { initiator: 'user3' }],
  ['a rare source system', { sourceSystem: 'rare' }],
  ['one correlation id', { correlationId: 'c4ca4238a0b923820dcc509a6f75849b' }],
  ['a rare tag', { tag: 'rare' }],
  ['a common tag', { tag: 'all' }],
  ['a tag that no task has', { tag: 'none' }],
  ['a rare state', { states: ['error'] }],
  ['a state that no task is in', { states: ['resolved_manually'] }],
  ['what is pending', { states: ['pending'], sort: 'created_at' }],
  ['what runs', { states: ['in_progress'] }],
  ['several states', { states: ['error', 'cancelled'] }],
  ['the highest priorities', { sort: '-priority' }],
  ['the lowest priorities', { sort: 'priority' }],
  ['priority 0 from the middle on', { sort: '-priority', after: { id: '', priority: 0 } }],
];

describe('a page of a list of many tasks', () => {
  let middle: string;
  beforeAll(async () => {
    const { engine } = sql;
    await engine.rows(
      `insert into template (namespace, name, version, content_hash, definition, sinks, stop_on_first_failure)
       select 'n', 't' || n, '1.0.0', n, '{}', 1, false from generate_series(1, 3) n
       where not exists (select from template)`,
    );
    await engine.rows(`set session_replication_role = replica`);
    await engine.rows(insertTasks(1, TASKS));
    await engine.rows('analyze task');
    await engine.rows('select summarize_tasks()');
    [{ id: middle }] = (await engine.rows(`select id from task order by id offset ${TASKS / 2} limit 1`)) as [
      { id: string },
    ];
  }, 60_000);

  it.each(LISTS)('takes few of the pages for %s', async (...[, asked, templates]) => {
    const after = asked.after ? { ...asked.after, id: middle } : null;
    expect(await share({ ...asked, after }, templates)).toBeLessThan(0.25);
  });

  it('does so for tasks that came since, once they are summarized', async () => {
    await sql.engine.rows(insertTasks(TASKS + 1, 2 * TASKS));
    const before = await share({ correlationId: 'none' });
    expect(await sql.engine.rows('select summarize_tasks() as mended')).toEqual([{ mended: 0 }]);
    expect(await share({ correlationId: 'none' })).toBeLessThan(before / 2);
  });

  it('does so where other tasks have long taken the pages of those that were', async () => {
    const { engine } = sql;
    for (let life = 0; life < 8; life++) {
      await engine.rows('update task set correlation_id = md5(correlation_id)');
      await engine.rows('vacuum task');
    }
    expect(await engine.rows('select summarize_tasks() as mended')).toEqual([{ mended: 1 }]);
    expect(await engine.rows('select summarize_tasks() as mended')).toEqual([{ mended: 0 }]);
    expect(await share({ correlationId: 'none' })).toBeLessThan(0.25);
  }, 60_000);
});
