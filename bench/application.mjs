import { Module, NestFactory, tasker } from './package-under-test.mjs';
import { HANDLERS, requestOf, templateOf } from './workloads.mjs';

/** How many events were built and delivered. */
export class EventCount {
  steps = 0;
  tasks = 0;
  /** @type {() => void} */
  onTask = () => {};

  /** @param {any} bus */
  listen(bus) {
    bus.on('step.completed', () => void this.steps++);
    bus.on('task.completed', () => {
      this.tasks++;
      this.onTask();
    });
  }
}

/**
 * A Nest application with TaskerModule and the handlers, without HTTP.
 *
 * @param {{ url: string, roles: string[], workload: import('./workloads.mjs').Workload, events?: EventCount }} options
 */
export async function startApplication({ url, roles, workload, events = new EventCount() }) {
  class BenchModule {}
  const options = { database: { url }, roles, templates: [templateOf(workload)], http: { enabled: false } };
  Module({
    imports: [tasker.TaskerModule.forRoot(options)],
    providers: [
      ...HANDLERS,
      // Made while modules are wired: it listens before the worker takes its first step.
      { provide: EventCount, inject: [tasker.EventBus], useFactory: (/** @type {any} */ bus) => events.listen(bus) },
    ],
  })(BenchModule);
  return NestFactory.createApplicationContext(BenchModule, { logger: ['warn', 'error', 'fatal'] });
}

const BATCH = 500;

/**
 * Creates tasks in batches, one after the other.
 *
 * @param {any} client
 * @param {number} tasks
 * @param {number} [first]
 */
export async function submitTasks(client, tasks, first = 0) {
  for (let done = 0; done < tasks; done += BATCH) {
    const size = Math.min(BATCH, tasks - done);
    const requests = Array.from({ length: size }, (_, n) => requestOf(first + done + n));
    const refused = (await client.createTasks(requests)).find((/** @type {any} */ answer) => answer.error);
    if (refused) throw refused.error;
  }
}
