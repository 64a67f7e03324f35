import { tasker, pg } from '../package-under-test.mjs';
import { median } from '../figures.mjs';
import { query } from '../server.mjs';
import { steadyLoad } from '../steady.mjs';
import { verify } from '../verification.mjs';
import { WORKLOADS } from '../workloads.mjs';
import { inRounds } from './rounds.mjs';

const WORKLOAD = 'W1';
/** Its rate is not comparable to W1's elsewhere: tasks are submitted at the same time. */
const LABEL = 'W1, submitted meanwhile';
const MINUTES = 10;
/** At either end, the share of the time over which the rate is taken. */
const END = 0.15;

/** @type {import('./scenario.mjs').Scenario} */
export default {
  title: 'Tasker while a transaction is left open',
  help: `W1 without a pause for ${MINUTES} minutes (--minutes) while nobody else is there, then while another session keeps a snapshot open, so that no dead row can be removed; once each`,
  columns: ['rate', 'rateAtStart', 'rateAtEnd', 'deadRows', 'megabytes', 'rss'],
  async run(bench) {
    const minutes = bench.options.minutes ?? MINUTES;
    const trials = await inRounds(1, [
      { workload: LABEL, run: () => load(bench, minutes, false) },
      { workload: LABEL, variant: `transaction open for ${minutes} min`, run: () => load(bench, minutes, true) },
    ]);
    return {
      trials,
      notes: [
        `Tasks are submitted by a process of its own, while the worker runs. At the start and at the end: the first and the last ${END * 100} % of the time.`,
      ],
    };
  },
};

/** @param {import('./scenario.mjs').Bench} bench @param {number} minutes @param {boolean} open */
async function load({ server, profiles }, minutes, open) {
  const database = await server.createDatabase();
  const { url } = database;
  const idle = new pg.Client({ connectionString: url });
  try {
    await tasker.migrateDatabase(url);
    await idle.connect();
    if (open) await idle.query('begin isolation level repeatable read; select pg_current_xact_id()');
    const task = { url, workload: WORKLOAD, tasks: Infinity, workers: 1, postmaster: server.pid };
    const { samples, submitted, cost } = await steadyLoad(task, { profiles }, { seconds: minutes * 60 });
    const [{ dead, size }] = await query(
      url,
      `select sum(n_dead_tup)::float8 as dead, sum(pg_total_relation_size(relid))::float8 as size
       from pg_stat_user_tables where schemaname = 'tasker'`,
    );
    const { steps, sum } = WORKLOADS[WORKLOAD];
    await verify(url, { tasks: submitted, steps: steps.length, sum });
    const perTask = steps.length;
    return {
      rate: cost.events.steps / cost.seconds,
      rateAtStart: rateOver(samples, 0, END) * perTask,
      rateAtEnd: rateOver(samples, 1 - END, 1) * perTask,
      deadRows: dead,
      megabytes: size,
      rss: median(samples.map(({ rss }) => rss)),
    };
  } finally {
    await idle.end();
    await database.drop();
  }
}

/** Tasks a second between two shares of the time. @param {{ at: number, completed: number }[]} samples @param {number} from @param {number} to */
function rateOver(samples, from, to) {
  const begin = samples[0].at;
  const length = samples[samples.length - 1].at - begin;
  const within = samples.filter(({ at }) => at >= begin + from * length && at <= begin + to * length);
  const [first, last] = [within[0], within[within.length - 1]];
  return within.length < 2 ? Number.NaN : ((last.completed - first.completed) / (last.at - first.at)) * 1000;
}
