import { TaskerError } from '../core/errors.js';
import { fullName } from '../core/template.js';
import type { StoredTask } from '../persistence/stores/task.store.js';
import type { CatalogEntry } from '../persistence/template-catalog.js';
import { Gatherer } from './gatherer.js';
import type { ProvenRequest } from './task-intake.js';

/** A template with batches of its own takes no more connections than this. */
const TRANSACTIONS_IN_FLIGHT = 1;

/**
 * Requests for tasks of templates with `performance.batching`: no transaction creates more of such a template's tasks
 * than it allows, and no caller waits longer than it says.
 */
export class TemplateBatches {
  private readonly gatherers = new Map<CatalogEntry, Gatherer<ProvenRequest, StoredTask>>();

  constructor(private readonly store: (proven: ProvenRequest[]) => Promise<PromiseSettledResult<StoredTask>[]>) {}

  /** @throws TaskerError `database_unavailable` where the task was not written in time */
  async ask(proven: ProvenRequest): Promise<StoredTask> {
    const { entry } = proven;
    const { batchSize, batchTimeoutSeconds } = entry.template.performance.batching!;
    const gatherer =
      this.gatherers.get(entry) ?? new Gatherer((items) => this.store(items), TRANSACTIONS_IN_FLIGHT, batchSize);
    this.gatherers.set(entry, gatherer);
    const written = gatherer.ask(proven);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(tooLate(entry, gatherer.withdraw(proven))), batchTimeoutSeconds * 1000);
    });
    return Promise.race([written, late]).finally(() => clearTimeout(timer));
  }
}

/** @param withdrawn - whether it had not been sent to the database yet */
function tooLate({ template }: CatalogEntry, withdrawn: boolean): TaskerError {
  const { batchTimeoutSeconds } = template.performance.batching!;
  return new TaskerError(
    'database_unavailable',
    `The task was not written within ${batchTimeoutSeconds} s (performance.batching of ${fullName(template)}): ` +
      (withdrawn
        ? 'it will not be. Send the request again later.'
        : 'nobody knows whether it will be. Ask again; with an idempotency key no task is created twice.'),
  );
}
