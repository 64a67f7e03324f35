import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readServer } from '../measure.mjs';
import { query } from '../server.mjs';
import { MissingProgram } from './servers.mjs';

const CLIENTS = [1, 4, 8, 16];
const ROWS = 400_000;
const DEBIAN = '/usr/lib/postgresql';

/** What any engine on this server does at least: a step's row changes, and a row of audit is written. */
const TABLES = `
  create table step (id int primary key, state text not null default 'ready', attempt int not null default 0) with (fillfactor = 50);
  create table audit (step_id int not null, attempt int not null, to_state text not null, at timestamptz not null default now());
  insert into step (id) select generate_series(1, ${ROWS});`;

/** @type {{ variant: string, rows: number }[]} */
const FORMS = [
  { variant: 'one row a transaction', rows: 1 },
  { variant: '50 rows a transaction', rows: 50 },
];

/** @param {number} rows */
const scriptOf = (rows) => `\\set first random(1, ${ROWS - rows + 1})
with done as (update step set state = 'complete', attempt = attempt + 1
              where id between :first and :first + ${rows - 1} returning id, attempt)
insert into audit (step_id, attempt, to_state) select id, attempt, 'complete' from done;
`;

/** Where it is, or why there is none. @returns {string} */
export function findPgbench() {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const places = [...versions.map((version) => join(DEBIAN, version, 'bin/pgbench')), 'pgbench'];
  const found = places.find((place) => spawnSync(place, ['--version']).status === 0);
  if (!found) throw new MissingProgram('pgbench is not installed (apt-get install postgresql-contrib)');
  return found;
}

/**
 * The cases of the physical limit: one UPDATE and one INSERT for each step, in one statement, and nothing else.
 *
 * @param {import('../server.mjs').Server} server
 * @param {number} seconds - of each
 */
export function physicalLimit(server, seconds) {
  const pgbench = findPgbench();
  return FORMS.flatMap(({ variant, rows }) =>
    CLIENTS.map((clients) => ({
      system: 'postgresql',
      workload: 'pgbench',
      variant: `${variant}, ${clients} ${clients === 1 ? 'client' : 'clients'}`,
      run: () => measure(server, pgbench, rows, clients, seconds),
    })),
  );
}

/** @param {import('../server.mjs').Server} server @param {string} pgbench @param {number} rows @param {number} clients @param {number} seconds */
async function measure(server, pgbench, rows, clients, seconds) {
  const database = await server.createDatabase();
  const folder = mkdtempSync(join(tmpdir(), 'tasker-bench-pgbench-'));
  try {
    // Before the rows come, so that their pages are not written to the log as a whole at their first change.
    await query(database.url, 'checkpoint');
    await query(database.url, TABLES);
    await query(database.url, 'analyze step');
    const script = join(folder, 'script.sql');
    writeFileSync(script, scriptOf(rows));
    const args = ['-n', '-M', 'prepared', '-c', clients, '-j', Math.min(clients, 2), '-T', seconds, '-f', script];
    const before = await readServer(database.url);
    const { stdout } = await promisify(execFile)(pgbench, [...args.map(String), database.url]);
    const after = await readServer(database.url);
    const transactions = Number(/processed: (\d+)/.exec(stdout)?.[1]);
    const failed = Number(/failed transactions: (\d+)/.exec(stdout)?.[1] ?? 0);
    const perSecond = Number(/tps = ([\d.]+)/.exec(stdout)?.[1]);
    const [{ count }] = await query(database.url, 'select count(*)::int as count from audit');
    if (failed > 0 || count !== transactions * rows) {
      throw new Error(
        `pgbench wrote ${count} rows of audit in ${transactions} transactions of ${rows}; ${failed} failed`,
      );
    }
    return { rate: perSecond * rows, logPerStep: (after.log - before.log) / count };
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await database.drop();
  }
}
