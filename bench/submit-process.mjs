// Submits tasks one batch after the other, and says how fast; in waves, if a worker is to be kept busy meanwhile.
import { tasker } from './package-under-test.mjs';
import { startApplication, submitTasks } from './application.mjs';
import { answer, task } from './child.mjs';
import { WORKLOADS } from './workloads.mjs';

// `seconds`: for so long, in place of so many tasks
const { url, workload, tasks, wave, seconds } = task();
let completed = 0;
let wake = () => {};
process.on('message', (count) => {
  completed = Number(count);
  wake();
});
process.channel?.unref();

const application = await startApplication({ url, roles: ['api'], workload: WORKLOADS[workload] });
const client = application.get(tasker.TaskerClient);
const from = performance.now();
let submitted = 0;
const enough = () => (seconds ? performance.now() - from >= seconds * 1000 : submitted >= tasks);
while (!enough()) {
  while (wave && submitted - completed >= wave) await new Promise((resolve) => (wake = () => resolve(null)));
  const count = seconds ? wave : Math.min(wave ?? tasks, tasks - submitted);
  await submitTasks(client, count, submitted);
  submitted += count;
}
answer({ submitted, createdPerSecond: (submitted / (performance.now() - from)) * 1000 });
await application.close();
process.disconnect();
