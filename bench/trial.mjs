import { tasker } from './package-under-test.mjs';
import { startChild } from './child.mjs';
import { latencyFigures, perStep, together } from './figures.mjs';
import { readServer } from './measure.mjs';
import { query } from './server.mjs';
import { steadyLoad } from './steady.mjs';
import { ALL, verify } from './verification.mjs';
import { WORKLOADS } from './workloads.mjs';

/** @typedef {{ server: import('./server.mjs').Server, profiles?: string }} Bench */

/**
 * In what a trial differs from the plain one.
 *
 * @typedef {object} Variant
 * @property {number} [share] - of the workload's tasks; 1 without it
 * @property {number} [workers] - processes that work
 * @property {import('./collector.mjs').Tracing} [tracing] - of all processes
 * @property {string} [template] - a database to begin with, instead of an empty one
 * @property {string} [since] - the least id of this run's own tasks, if others are there already
 */

/** @typedef {{ url: string, workload: string, tasks: number, workers: number, postmaster: number | null }} TrialTask */

/**
 * Runs a workload once, in a database of its own.
 *
 * @param {Bench} bench
 * @param {string} name
 * @param {Variant} [variant]
 */
export async function runTrial({ server, profiles }, name, variant = {}) {
  const { share = 1, workers = 1, tracing, template, since = ALL } = variant;
  const workload = WORKLOADS[name];
  const tasks = Math.max(1, Math.round(workload.tasks * share));
  const database = await server.createDatabase(template);
  try {
    const { url } = database;
    await tasker.migrateDatabase(url);
    // Every run begins as long after a checkpoint as the next: the log holds whole pages after one.
    await query(url, 'checkpoint');
    /** @type {TrialTask} */
    const trialTask = { url, workload: name, tasks, workers, postmaster: server.pid };
    const options = { profiles, tracing };
    const kinds = { drain, latency, memory };
    return { tasks, ...(await kinds[workload.kind](trialTask, options, since)) };
  } finally {
    await database.drop();
  }
}

/** @typedef {import('./child.mjs').ChildOptions} ChildOptions */

/** Everything is submitted, then workers of their own work it off. @param {TrialTask} task @param {ChildOptions} options @param {string} since */
async function drain(task, options, since) {
  const creation = await startChild('submit-process.mjs', task, options).result();
  const before = await readServer(task.url);
  const cost = await workOff(task, options);
  const after = await readServer(task.url);
  await check(task, task.tasks, since, cost.events);
  return { ...creation, ...perStep(WORKLOADS[task.workload], task.tasks, cost, before, after) };
}

/** Several workers do not know of each other's tasks: they say what they have done, and are told when it is enough. @param {TrialTask} task @param {ChildOptions} options */
async function workOff(task, options) {
  /** @type {number[]} */
  const completed = [];
  const workers = Array.from({ length: task.workers }, (_, n) =>
    startChild(
      'drain-process.mjs',
      { ...task, told: task.workers > 1 },
      {
        ...options,
        onMessage: (/** @type {any} */ message) => {
          if (typeof message.completed !== 'number') return;
          completed[n] = message.completed;
          const all = completed.reduce((sum, count) => sum + (count ?? 0), 0);
          if (all >= task.tasks) workers.forEach((worker) => worker.send('enough'));
        },
      },
    ),
  );
  return together(await Promise.all(workers.map((worker) => worker.result())));
}

/** One task at a time. @param {TrialTask} task @param {ChildOptions} options @param {string} since */
async function latency(task, options, since) {
  const workload = WORKLOADS[task.workload];
  const worker = workload.apart ? startChild('worker-process.mjs', task, options) : null;
  await worker?.started();
  const before = await readServer(task.url);
  const cost = together([await startChild('latency-process.mjs', task, options).result()]);
  await worker?.stop();
  const after = await readServer(task.url);
  const all = task.tasks + cost.warmUp;
  await check(task, all, since, workload.apart ? null : cost.events);
  return latencyFigures(workload, task.tasks, all, cost, before, after);
}

/** What a worker keeps of tasks that are over would show. @param {TrialTask} task @param {ChildOptions} options @param {string} since */
async function memory(task, options, since) {
  const { samples, cost } = await steadyLoad(task, options, { tasks: task.tasks });
  await check(task, task.tasks, since, cost.events);
  return { samples, seconds: cost.seconds, rate: cost.events.steps / cost.seconds, rss: cost.rss };
}

/**
 * @param {TrialTask} task
 * @param {number} tasks
 * @param {string} since
 * @param {{ steps: number, tasks: number } | null} events - as they were delivered to a listener
 */
async function check({ url, workload }, tasks, since, events) {
  const { steps, sum } = WORKLOADS[workload];
  await verify(url, { tasks, steps: steps.length, sum }, since);
  if (events && (events.tasks !== tasks || events.steps !== tasks * steps.length)) {
    throw new Error(`events of ${events.tasks} tasks and ${events.steps} steps were delivered for ${tasks} tasks`);
  }
}
