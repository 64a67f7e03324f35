import { tasker } from './package-under-test.mjs';
import { startApplication, submitTasks } from './application.mjs';
import { startChild } from './child.mjs';
import { percentile, perStep } from './figures.mjs';
import { readServer } from './measure.mjs';
import { query } from './server.mjs';
import { verify } from './verification.mjs';
import { WORKLOADS } from './workloads.mjs';

/** @typedef {{ server: import('./server.mjs').Server, profiles?: string }} Bench */

/**
 * Runs a workload once, in a database of its own.
 *
 * @param {Bench} bench
 * @param {string} name
 */
export async function runTrial(bench, name) {
  const database = await bench.server.createDatabase();
  try {
    // Every run begins as long after a checkpoint as the next: the log holds whole pages after one.
    await query(database.url, 'checkpoint');
    const { kind } = WORKLOADS[name];
    return await (kind === 'latency' ? latency : kind === 'memory' ? memory : drain)(bench, name, database.url);
  } finally {
    await database.drop();
  }
}

/** Everything is submitted, then a worker of its own works it off. @param {Bench} bench @param {string} name @param {string} url */
async function drain({ server, profiles }, name, url) {
  const workload = WORKLOADS[name];
  const creation = await withClient(url, workload, async (client) => {
    const from = performance.now();
    await submitTasks(client, workload.tasks);
    return { createdPerSecond: (workload.tasks / (performance.now() - from)) * 1000 };
  });
  const before = await readServer(url);
  const cost = await startChild(
    'drain-process.mjs',
    { url, workload: name, postmaster: server.pid },
    { profiles },
  ).result();
  const after = await readServer(url);
  await check(url, workload, workload.tasks, cost.events);
  return { ...creation, ...perStep(workload, workload.tasks, cost, before, after) };
}

/** One task at a time. @param {Bench} bench @param {string} name @param {string} url */
async function latency({ server, profiles }, name, url) {
  const workload = WORKLOADS[name];
  await tasker.migrateDatabase(url);
  const childTask = { url, workload: name, postmaster: server.pid };
  const worker = workload.apart ? startChild('worker-process.mjs', childTask, { profiles }) : null;
  await worker?.started();
  const before = await readServer(url);
  const cost = await startChild('latency-process.mjs', childTask, { profiles }).result();
  await worker?.stop();
  const after = await readServer(url);
  const tasks = workload.tasks + cost.warmUp;
  await check(url, workload, tasks, workload.apart ? null : cost.events);
  // The server's figures hold the warm-up too.
  const figures = perStep(workload, workload.tasks, cost, before, after);
  const share = workload.tasks / tasks;
  const sorted = [...cost.latencies].sort((a, b) => a - b);
  return {
    ...figures,
    commitsPerStep: figures.commitsPerStep * share,
    logPerStep: figures.logPerStep * share,
    p50: percentile(sorted, 0.5),
    p99: percentile(sorted, 0.99),
  };
}

const WAVE = 5_000;

/** Waves of tasks for one worker: what it keeps of tasks that are over would show. @param {Bench} bench @param {string} name @param {string} url */
async function memory({ server, profiles }, name, url) {
  const workload = WORKLOADS[name];
  /** @type {{ completed: number, rss: number }[]} */
  const samples = [];
  let wake = () => {};
  const onMessage = (/** @type {any} */ message) => {
    if (message.completed) samples.push(message);
    wake();
  };
  const cost = await withClient(url, workload, async (client) => {
    const child = startChild(
      'drain-process.mjs',
      { url, workload: name, postmaster: server.pid },
      { profiles, onMessage },
    );
    const result = child.result();
    for (let submitted = 0; submitted < workload.tasks; submitted += WAVE) {
      while (submitted - (samples.at(-1)?.completed ?? 0) >= WAVE) {
        await Promise.race([new Promise((resolve) => (wake = () => resolve(null))), result]);
      }
      await submitTasks(client, WAVE, submitted);
    }
    return result;
  });
  await check(url, workload, workload.tasks, cost.events);
  return { samples, seconds: cost.seconds, rate: cost.events.steps / cost.seconds };
}

/**
 * @template T
 * @param {string} url
 * @param {import('./workloads.mjs').Workload} workload
 * @param {(client: any) => Promise<T>} work
 */
async function withClient(url, workload, work) {
  const application = await startApplication({ url, roles: ['api'], workload });
  try {
    return await work(application.get(tasker.TaskerClient));
  } finally {
    await application.close();
  }
}

/**
 * @param {string} url
 * @param {import('./workloads.mjs').Workload} workload
 * @param {number} tasks
 * @param {{ steps: number, tasks: number } | null} events - as they were delivered to a listener
 */
async function check(url, { steps, sum }, tasks, events) {
  await verify(url, { tasks, steps: steps.length, sum });
  if (events && (events.tasks !== tasks || events.steps !== tasks * steps.length)) {
    throw new Error(`events of ${events.tasks} tasks and ${events.steps} steps were delivered for ${tasks} tasks`);
  }
}
