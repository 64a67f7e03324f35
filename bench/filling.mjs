import { tasker } from './package-under-test.mjs';
import { startChild } from './child.mjs';
import { query } from './server.mjs';
import { WORKLOADS } from './workloads.mjs';

const MODEL = 'W1';
const CHUNK_TASKS = 100_000;
const DAYS_AGO = 30;

/**
 * A database with so many finished steps: a diamond is run, then its rows (task, steps, audit) are copied under other ids,
 * of a month ago. All of them lie in the audit's partition of today, as those of a busy day would.
 *
 * @param {import('./server.mjs').Server} server
 * @param {number} oldSteps
 */
export async function fillDatabase(server, oldSteps) {
  const database = await server.createDatabase();
  const { url } = database;
  await tasker.migrateDatabase(url);
  const task = { url, workload: MODEL, tasks: 1, workers: 1, postmaster: server.pid };
  await startChild('submit-process.mjs', task).result();
  await startChild('drain-process.mjs', task).result();
  const tasks = Math.round(oldSteps / WORKLOADS[MODEL].steps.length);
  for (let done = 0; done < tasks; done += CHUNK_TASKS) {
    for (const statement of await copies(url, done, Math.min(CHUNK_TASKS, tasks - done))) await query(url, statement);
  }
  // The model is a task of now; only those of a month ago are to be there.
  for (const { table, key } of TABLES) await query(url, `delete from tasker.${table} where ${key} >= ${idOf('0')}`);
  for (const { table } of TABLES) await query(url, `vacuum (analyze) tasker.${table}`);
  const [{ steps, size, since }] = await query(
    url,
    `select (select count(*)::float8 from tasker.step) as steps, pg_database_size(current_database())::float8 as size,
            ${idOf('0')} as since`,
  );
  if (steps !== tasks * WORKLOADS[MODEL].steps.length) throw new Error(`${steps} old steps, not ${oldSteps}`);
  return { ...database, since: String(since), steps, size };
}

const TABLES = [
  { table: 'task', key: 'id', generated: [] },
  { table: 'step', key: 'task_id', generated: [] },
  { table: 'transition', key: 'task_id', generated: ['audit_no'] },
];

/** An id like those of tasks: the first of them, of a month ago, plus so many milliseconds. @param {string} number - an expression */
const idOf = (number) =>
  `(lpad(to_hex((extract(epoch from current_date) * 1000)::bigint + (${number})), 12, '0') || '7000' ||
    '8' || substr(md5((${number})::text), 1, 15))::uuid`;

/** @param {string} url @param {number} first @param {number} count */
async function copies(url, first, count) {
  const numbers = `generate_series(${first}, ${first + count - 1}) as number`;
  const month = DAYS_AGO * 86_400_000;
  return Promise.all(
    TABLES.map(async ({ table, key, generated }) => {
      const rows = await query(
        url,
        `select string_agg(quote_ident(attname), ', ' order by attnum) as columns from pg_attribute
         where attrelid = 'tasker.${table}'::regclass and attnum > 0 and not attisdropped and attgenerated = ''
           and attname <> all (array['${[key, ...generated].join("','")}'])`,
      );
      const { columns } = rows[0];
      return `insert into tasker.${table} (${key}, ${columns})
              select ${idOf(`number - ${month}`)}, ${columns} from ${numbers}
              cross join tasker.${table} where ${table}.${key} >= ${idOf('0')}`;
    }),
  );
}
