// A peer in a process of its own: submits, or works off what was submitted, or asks for one task at a time.
import { answer, task } from '../child.mjs';
import { readProcess } from '../measure.mjs';
import { WORKLOADS } from '../workloads.mjs';
import { Journal } from './journal.mjs';
import { loadPeer } from './peer.mjs';

const STALLED_MS = 30_000;
const SETTLE_EVERY_MS = 5;
/** Not counted: code is compiled, connections are opened. */
const WARM_UP = 30;

const { peer: name, role, workload: workloadName, tasks, place, serverPid } = task();
const workload = WORKLOADS[workloadName];
const journal = new Journal(workload);
const { facts, create } = await loadPeer(name);
const peer = create({ place, workload, journal });
const orders = Array.from({ length: tasks }, (_, order) => order);
const read = () => readProcess(null, serverPid);

async function submit() {
  await peer.prepare();
  const from = performance.now();
  await peer.submit(orders);
  return { createdPerSecond: (tasks / (performance.now() - from)) * 1000 };
}

/** From the first step of all until the store says that every task is complete. */
async function drain() {
  let begun = read();
  journal.onFirst = () => (begun = read());
  await peer.work();
  if (facts.overlaps) {
    begun = read();
    journal.onFirst = () => {};
  }
  const submitted = facts.overlaps ? peer.submit(orders) : null;
  await journal.allEnded(tasks, STALLED_MS);
  await submitted;
  await storeSays(tasks);
  const ended = read();
  return { begun, ended, rss: process.memoryUsage.rss(), mistakes: await mistakes(tasks) };
}

async function latency() {
  await peer.prepare();
  await peer.work();
  for (let n = 0; n < WARM_UP; n++) await latencyMs(n);
  const begun = read();
  const latencies = [];
  for (let n = 0; n < tasks; n++) latencies.push(await latencyMs(WARM_UP + n));
  const ended = read();
  const all = WARM_UP + tasks;
  await storeSays(all);
  return { begun, ended, rss: process.memoryUsage.rss(), latencies, warmUp: WARM_UP, mistakes: await mistakes(all) };
}

/** @param {number} order */
async function latencyMs(order) {
  const from = performance.now();
  if (peer.complete) {
    await peer.complete(order);
  } else {
    const ended = journal.taskEnded(order);
    await peer.submit([order]);
    await ended;
  }
  return performance.now() - from;
}

/** @param {number} all */
async function storeSays(all) {
  for (const until = Date.now() + STALLED_MS; (await peer.settled()) < all;) {
    if (Date.now() > until) throw new Error(`the store says that ${await peer.settled()} of ${all} tasks are complete`);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_EVERY_MS));
  }
}

/** @param {number} all */
async function mistakes(all) {
  const wrong = [...journal.mistakes, ...(await peer.verify(all))];
  const steps = all * workload.steps.length;
  if (journal.ended !== steps) wrong.push(`steps run: ${journal.ended}, not ${steps}`);
  return wrong;
}

await peer.open();
answer(await { submit, drain, latency }[/** @type {'submit' | 'drain' | 'latency'} */ (role)]());
await peer.stop();
process.disconnect();
// Some peers leave timers behind, and would stay.
process.exit(0);
