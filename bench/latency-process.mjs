// Asks for one task at a time and waits for its end; works on it too, unless a worker of another process does.
import { tasker } from './package-under-test.mjs';
import { startApplication, EventCount } from './application.mjs';
import { readProcess, RoundTrips } from './measure.mjs';
import { answer, task } from './child.mjs';
import { requestOf } from './handlers.mjs';
import { WORKLOADS } from './workloads.mjs';

/** Not counted: code is compiled, connections are opened. */
const WARM_UP = 30;

const { url, workload, postmaster, tasks } = task();
const { apart } = WORKLOADS[workload];
const trips = new RoundTrips();
const events = new EventCount();
trips.start();

const roles = apart ? ['api'] : ['api', 'worker'];
const application = await startApplication({ url, roles, workload: WORKLOADS[workload], events });
const client = application.get(tasker.TaskerClient);

/** @param {number} order */
async function latencyMs(order) {
  const from = performance.now();
  const { taskId } = await client.createTask(requestOf(order));
  const { status } = await client.waitFor(taskId);
  if (status !== 'complete') throw new Error(`task ${taskId} is ${status}`);
  return performance.now() - from;
}

for (let n = 0; n < WARM_UP; n++) await latencyMs(n);
const begun = readProcess(trips, postmaster);
const latencies = [];
for (let n = 0; n < tasks; n++) latencies.push(await latencyMs(WARM_UP + n));
const ended = readProcess(trips, postmaster);
const rss = process.memoryUsage.rss();
answer({ begun, ended, rss, latencies, warmUp: WARM_UP, events: { steps: events.steps, tasks: events.tasks } });
await application.close();
process.disconnect();
