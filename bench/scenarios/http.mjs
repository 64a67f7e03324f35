import { autocannon, tasker } from '../package-under-test.mjs';
import { startChild } from '../child.mjs';
import { requestOf } from '../handlers.mjs';
import { query } from '../server.mjs';
import { inRounds } from './rounds.mjs';

const SECONDS = 5;
const WORKLOAD = 'W1';
const SINGLE = { path: '/tasker/tasks', connections: 32, tasks: 1 };
const BULK = { path: '/tasker/tasks/bulk', connections: 8, tasks: 500 };

/** @type {import('./scenario.mjs').Scenario} */
export default {
  title: 'Tasks submitted by HTTP',
  help: `POST of one and of ${BULK.tasks} five-step tasks, on Fastify and Express, ${SECONDS} s each (--seconds); two minutes`,
  columns: ['tasksPerSecond', 'p50', 'p99', 'nodePercent', 'rss'],
  async run(bench) {
    const seconds = bench.options.seconds ?? SECONDS;
    const cases = ['Fastify', 'Express'].flatMap((adapter) => [
      { variant: `single, ${adapter}`, run: () => submit(bench.server, adapter, SINGLE, seconds) },
      { variant: `${BULK.tasks} at a time, ${adapter}`, run: () => submit(bench.server, adapter, BULK, seconds) },
    ]);
    const trials = await inRounds(
      bench.reps,
      cases.map((one) => ({ workload: 'HTTP', ...one })),
    );
    return {
      trials,
      notes: [
        `${SINGLE.connections} connections for single requests, ${BULK.connections} for those of ${BULK.tasks}, each sends the next when it has its answer; p50 and p99 are of requests. The generator of load runs on the same machine.`,
      ],
    };
  },
};

/** @param {import('../server.mjs').Server} server @param {string} adapter @param {typeof SINGLE} form @param {number} seconds */
async function submit(server, adapter, { path, connections, tasks }, seconds) {
  const database = await server.createDatabase();
  try {
    const { url } = database;
    await tasker.migrateDatabase(url);
    await query(url, 'checkpoint');
    const application = startChild('http-process.mjs', { url, workload: WORKLOAD, adapter });
    const { port } = await application.started();
    const answers = await autocannon({
      url: `http://127.0.0.1:${port}${path}`,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(tasks === 1 ? body(0) : { tasks: Array.from({ length: tasks }, (_, n) => body(n)) }),
      connections,
      duration: seconds,
    });
    const stored = await settledCount(url);
    application.send('enough');
    const { begun, ended, rss } = await application.result();
    const created = answers['2xx'] * tasks;
    check(answers, created, stored, connections * tasks);
    return {
      tasksPerSecond: created / answers.duration,
      p50: answers.latency.p50,
      p99: answers.latency.p99,
      nodePercent: ((ended.node - begun.node) / answers.duration) * 100,
      rss,
    };
  } finally {
    await database.drop();
  }
}

/** @param {number} order */
function body(order) {
  const { sourceSystem, ...request } = requestOf(order);
  return { ...request, source_system: sourceSystem };
}

/** How many tasks there are, once those requests are through that nobody waits for any more. @param {string} url */
async function settledCount(url) {
  for (let before = -1; ;) {
    const [{ count }] = await query(url, 'select count(*)::int as count from tasker.task');
    if (count === before) return count;
    before = count;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Every request was answered with success, and every task is there; those whose answer came too late may be too. @param {any} answers @param {number} created @param {number} stored @param {number} late */
function check(answers, created, stored, late) {
  if (answers.non2xx > 0 || answers.errors > 0) {
    throw new Error(`${answers.non2xx} requests were refused and ${answers.errors} failed`);
  }
  if (created === 0) throw new Error('no request was answered in time');
  if (stored < created || stored > created + late)
    throw new Error(`${created} tasks were answered, ${stored} are there`);
}
