// A worker in a process of its own: runs what was submitted, and says what it cost. One that is alone counts to the last
// task; one among others, or whose tasks are still being submitted, says how far it is and is told when it is enough.
import { startApplication, EventCount } from './application.mjs';
import { readProcess, RoundTrips } from './measure.mjs';
import { answer, task } from './child.mjs';
import { WORKLOADS } from './workloads.mjs';

const STALLED_MS = 30_000;
const SAMPLE_EVERY = 1_000;
/** Between two messages of a worker that is to be told. */
const SAY_EVERY_MS = 5;

const { url, workload, postmaster, tasks, told } = task();
const trips = new RoundTrips();
const events = new EventCount();
const read = () => readProcess(trips, postmaster);

trips.start();
let begun = read();
trips.onFirstClaim = () => (begun = read());
/** @type {ReturnType<typeof setTimeout> | null} */
let saying = null;

const finished = new Promise((resolve, reject) => {
  let seen = -1;
  const watch = setInterval(() => {
    if (events.tasks === seen) reject(new Error(`stalled with ${seen} of ${tasks} tasks completed`));
    seen = events.tasks;
  }, STALLED_MS);
  const end = () => {
    clearInterval(watch);
    resolve(read());
  };
  events.onTask = () => {
    if (events.tasks % SAMPLE_EVERY === 0)
      answer({ at: Date.now(), completed: events.tasks, rss: process.memoryUsage.rss() });
    if (told) saying ??= setTimeout(say, SAY_EVERY_MS);
    else if (events.tasks === tasks) end();
  };
  process.once('message', end);
});
process.channel?.unref();

const application = await startApplication({ url, roles: ['worker'], workload: WORKLOADS[workload], events });
const ended = await finished;
if (saying) clearTimeout(saying);
answer({ begun, ended, rss: process.memoryUsage.rss(), events: { steps: events.steps, tasks: events.tasks } });
await application.close();
process.disconnect();

function say() {
  saying = null;
  answer({ completed: events.tasks });
}
