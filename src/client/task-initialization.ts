import { Injectable } from '@nestjs/common';
import { TaskerError } from '../core/errors.js';
import type { JsonObject } from '../core/json.js';
import { fullName, type TaskTemplate } from '../core/template.js';
import { TaskStore, type KeyHolder } from '../persistence/stores/task.store.js';
import type { CatalogEntry } from '../persistence/template-catalog.js';
import { classNameOf } from '../registry/interface-contract.js';
import { TaskHandlerRegistry } from '../registry/task-handler.registry.js';
import type { TaskHandlerContract } from './task-handler.js';
import type { TaskRequest } from './task-request.js';

/** What tells one request from another is not the task handler's to change. */
const FIXED = ['name', 'namespace', 'version', 'initiator', 'idempotencyKey'] as const satisfies (keyof TaskRequest)[];

/** What becomes of a request before it is proven. */
export interface Initialized {
  request: TaskRequest;
  /** Who holds its idempotency key: the request, sent again, is not for the task handler to judge. */
  holder: KeyHolder | null;
}

/** Lets a template's task handler enrich or refuse requests. */
@Injectable()
export class TaskInitialization {
  constructor(
    private readonly handlers: TaskHandlerRegistry,
    private readonly tasks: TaskStore,
  ) {}

  /**
   * The request as its task handler leaves it.
   *
   * @throws TaskerError `task_refused` where it refuses it; what it throws otherwise
   */
  async initialize(request: TaskRequest, { template }: CatalogEntry, key: string | null): Promise<Initialized> {
    const handler = this.handlers.find(template) as TaskHandlerContract | undefined;
    if (!handler?.beforeInitialize) return { request, holder: null };
    const holder = key === null ? null : await this.tasks.keyHolder(key);
    return { request: holder ? request : await enriched(handler, request, template), holder };
  }
}

async function enriched(
  handler: TaskHandlerContract,
  request: TaskRequest,
  template: TaskTemplate,
): Promise<TaskRequest> {
  const { namespace, name, version } = template;
  const copy = copyOf(request);
  let result: TaskRequest;
  try {
    result = (await handler.beforeInitialize!(copy, { namespace, name, version })) ?? copy;
  } catch (error) {
    const { message } = error as Error;
    throw refusal(error) ?? new Error(`${classNameOf(handler)}.beforeInitialize failed: ${message}`, { cause: error });
  }
  const changed = FIXED.filter((field) => result[field] !== request[field]);
  if (changed.length === 0) return result;
  throw new TaskerError(
    'handler_invalid',
    `${classNameOf(handler)}.beforeInitialize must not change ${changed.join(', ')} of a request for ${fullName(template)}.`,
  );
}

/** Everything in it that can be changed is the task handler's own. */
const copyOf = (request: TaskRequest): TaskRequest => ({
  ...request,
  context: JSON.parse(JSON.stringify(request.context)) as JsonObject,
  ...(request.tags && { tags: [...request.tags] }),
  ...(request.bypassSteps && { bypassSteps: [...request.bypassSteps] }),
});

/** Told by what it says of itself: it may come from another copy of this package. */
function refusal(error: unknown): TaskerError | null {
  if (!(error instanceof Error)) return null;
  const isRefusal = error instanceof TaskerError || (error as { retryable?: unknown }).retryable === false;
  if (!isRefusal) return null;
  const findings = error instanceof TaskerError ? error.findings : [];
  return new TaskerError('task_refused', error.message, findings, { cause: error });
}
