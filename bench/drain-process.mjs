// A worker in a process of its own: runs what was submitted until so many tasks have completed, and says what it cost.
import { startApplication, EventCount } from './application.mjs';
import { between, readProcess, RoundTrips } from './measure.mjs';
import { answer, task } from './child.mjs';
import { WORKLOADS } from './workloads.mjs';

const STALLED_MS = 30_000;
const SAMPLE_EVERY = 1_000;

const { url, workload, postmaster } = task();
const { tasks } = WORKLOADS[workload];
const trips = new RoundTrips();
const events = new EventCount();

trips.start();
/** @type {ReturnType<typeof readProcess> | undefined} */
let begun;
trips.onFirstClaim = () => (begun = readProcess(trips, postmaster));

const finished = new Promise((resolve, reject) => {
  let seen = -1;
  const watch = setInterval(() => {
    if (events.tasks === seen) reject(new Error(`stalled with ${seen} of ${tasks} tasks completed`));
    seen = events.tasks;
  }, STALLED_MS);
  events.onTask = () => {
    if (events.tasks % SAMPLE_EVERY === 0) answer({ completed: events.tasks, rss: process.memoryUsage.rss() });
    if (events.tasks < tasks) return;
    clearInterval(watch);
    resolve(readProcess(trips, postmaster));
  };
});

const application = await startApplication({ url, roles: ['worker'], workload: WORKLOADS[workload], events });
const ended = await finished;
const cost = between(/** @type {ReturnType<typeof readProcess>} */ (begun), ended);
answer({ ...cost, events: { steps: events.steps, tasks: events.tasks } });
await application.close();
process.disconnect();
