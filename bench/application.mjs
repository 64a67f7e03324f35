import { Module, NestFactory, tasker } from './package-under-test.mjs';
import { HANDLERS, requestOf, templateOf } from './handlers.mjs';

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
 * @typedef {object} ApplicationOptions
 * @property {string} url
 * @property {string[]} roles
 * @property {import('./workloads.mjs').Workload} workload
 * @property {EventCount} [events]
 * @property {boolean} [http] - whether it answers HTTP
 */

/** TaskerModule, the handlers, and a listener that counts. @param {ApplicationOptions} options */
export function benchModule({ url, roles, workload, events = new EventCount(), http = false }) {
  class BenchModule {}
  const options = { database: { url }, roles, templates: [templateOf(workload)], http: { enabled: http } };
  Module({
    imports: [tasker.TaskerModule.forRoot(options)],
    providers: [
      ...HANDLERS,
      // Made while modules are wired: it listens before the worker takes its first step.
      { provide: EventCount, inject: [tasker.EventBus], useFactory: (/** @type {any} */ bus) => events.listen(bus) },
    ],
  })(BenchModule);
  return BenchModule;
}

/** A Nest application without HTTP. @param {ApplicationOptions} options */
export const startApplication = (options) =>
  NestFactory.createApplicationContext(benchModule(options), { logger: ['warn', 'error', 'fatal'] });

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
