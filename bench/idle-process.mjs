// An application with nothing to do: what it does by itself until it is told that it is enough.
import { once } from 'node:events';
import { startApplication } from './application.mjs';
import { readProcess, RoundTrips } from './measure.mjs';
import { answer, task } from './child.mjs';
import { WORKLOADS } from './workloads.mjs';

/** What belongs to the start is over by then. */
const SETTLING_MS = 3_000;

const { url, workload, roles } = task();
const trips = new RoundTrips();
trips.start();
const application = await startApplication({ url, roles, workload: WORKLOADS[workload] });
await new Promise((resolve) => setTimeout(resolve, SETTLING_MS));
const begun = readProcess(trips, null);
answer({ begun });
await once(process, 'message');
answer({ begun, ended: readProcess(trips, null), rss: process.memoryUsage.rss() });
await application.close();
process.disconnect();
