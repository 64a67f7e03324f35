// A worker in a process of its own, until it is told to stop.
import { once } from 'node:events';
import { startApplication } from './application.mjs';
import { answer, task } from './child.mjs';
import { WORKLOADS } from './workloads.mjs';

const { url, workload } = task();
const application = await startApplication({ url, roles: ['worker'], workload: WORKLOADS[workload] });
answer({ ready: true });
await once(process, 'message');
await application.close();
process.disconnect();
