import { Injectable } from '@nestjs/common';
import { TaskerError } from '../core/errors.js';
import { EventBus } from '../events/event-bus.js';
import { taskFacts } from '../events/payloads.js';
import { EngineMetrics } from '../metrics/engine-metrics.js';
import type { Queryable } from '../persistence/database.js';
import { Admissions } from '../persistence/admissions.js';
import { Notifications } from '../persistence/notifications.js';
import { TaskStore, type KeyHolder, type StoredTask } from '../persistence/stores/task.store.js';
import { isTransient } from '../persistence/transient.js';
import type { CreationSpan } from '../telemetry/creation-span.js';
import { Gatherer } from './gatherer.js';
import { refusalOf, writeFailure } from './refusals.js';
import { TaskIntake, type ProvenRequest } from './task-intake.js';
import { TaskLookup } from './task-lookup.js';
import type { CreateOptions, TaskRequest } from './task-request.js';
import { TemplateBatches } from './template-batches.js';
import { createdTaskView } from './task-view.js';
import type { TaskView } from './views.js';

/** The task that a request led to. */
export interface SubmittedTask {
  task: TaskView;
  /** An earlier request with the same idempotency key created it. */
  replayed: boolean;
}

/** The answer to one of many requests. */
export type CreatedTask = SubmittedTask | { error: TaskerError };

/** Callers that create one task each share transactions; more than this many of them at once wait for connections in vain. */
const TRANSACTIONS_IN_FLIGHT = 2;
const TASKS_PER_TRANSACTION = 500;
const MAX_REQUESTS = 1000;

/** Creates tasks: proves the requests, stores the tasks with their steps, answers, and wakes the workers. */
@Injectable()
export class TaskCreation {
  private readonly gatherer = new Gatherer<ProvenRequest, StoredTask>(
    (proven) => this.store(proven),
    TRANSACTIONS_IN_FLIGHT,
    TASKS_PER_TRANSACTION,
  );
  private readonly batches = new TemplateBatches((proven) => this.store(proven));

  constructor(
    private readonly intake: TaskIntake,
    private readonly tasks: TaskStore,
    private readonly lookup: TaskLookup,
    private readonly notifications: Notifications,
    private readonly admissions: Admissions,
    private readonly events: EventBus,
    private readonly metrics: EngineMetrics,
  ) {}

  /** @throws TaskerError what `TaskerClient.createTask` says */
  async submit(request: TaskRequest, { manager }: CreateOptions = {}): Promise<SubmittedTask> {
    try {
      const proven = await this.intake.prove(request);
      const stored = heldBy(proven) ?? (await this.storeOne(proven, manager));
      const [answer] = await this.answers([proven], [stored], manager);
      return submitted(answer!);
    } catch (error) {
      throw writeFailure(error);
    }
  }

  /** One answer for each request. Those that can be created are created in one transaction, but for `performance.batching`. */
  async submitAll(requests: readonly TaskRequest[], { manager }: CreateOptions = {}): Promise<CreatedTask[]> {
    if (requests.length > MAX_REQUESTS) {
      const message = `At most ${MAX_REQUESTS} tasks are created at once, not ${requests.length}.`;
      throw new TaskerError('request_invalid', message, [{ path: 'tasks', message }]);
    }
    const checked = await Promise.allSettled(requests.map((request) => this.intake.prove(request)));
    const answers = await this.storeAll(values(checked), manager);
    return inTurn(checked, answers);
  }

  private async storeOne(proven: ProvenRequest, manager?: Queryable): Promise<StoredTask> {
    if (manager) return (await this.storeWithin([proven], manager))[0]!;
    return isBatched(proven) ? this.batches.ask(proven) : this.gatherer.ask(proven);
  }

  private async storeAll(proven: ProvenRequest[], manager?: Queryable): Promise<CreatedTask[]> {
    if (proven.length === 0) return [];
    try {
      const fresh = proven.filter(({ holder }) => holder === null);
      const made = await this.storeFresh(fresh, manager);
      let next = 0;
      const outcomes = proven.map((one) => {
        const held = heldBy(one);
        return held ? fulfilled(held) : made[next++]!;
      });
      const stored = proven.filter((_, n) => outcomes[n]!.status === 'fulfilled');
      return inTurn(outcomes, await this.answers(stored, values(outcomes), manager));
    } catch (error) {
      throw writeFailure(error);
    }
  }

  private async storeFresh(
    fresh: readonly ProvenRequest[],
    manager?: Queryable,
  ): Promise<PromiseSettledResult<StoredTask>[]> {
    if (fresh.length === 0) return [];
    if (manager) return (await this.storeWithin(fresh, manager)).map(fulfilled);
    return fresh.some(isBatched) ? this.storeApart(fresh) : this.store(fresh);
  }

  /** Those of templates with batches of their own in these, the others in one transaction. */
  private storeApart(fresh: readonly ProvenRequest[]): Promise<PromiseSettledResult<StoredTask>[]> {
    const others = fresh.filter((one) => !isBatched(one));
    const together = others.length > 0 ? this.store(others) : Promise.resolve([]);
    let next = 0;
    return Promise.allSettled(
      fresh.map((one) => {
        if (isBatched(one)) return this.batches.ask(one);
        const place = next++;
        return together.then((outcomes) => unwrapped(outcomes[place]!));
      }),
    );
  }

  /** In a transaction of its own; if that fails for what one of the tasks holds, the others are created without it. */
  private async store(proven: readonly ProvenRequest[]): Promise<PromiseSettledResult<StoredTask>[]> {
    const rows = proven.map(({ task }) => task);
    let outcomes: PromiseSettledResult<StoredTask>[];
    try {
      outcomes = (await this.tasks.create(rows, isBounded(proven))).map(fulfilled);
    } catch (error) {
      if (isTransient(error) && !isDeadlock(error)) {
        proven.forEach(({ span }) => span?.failed(error));
        throw error;
      }
      outcomes = await this.tasks.createEach(rows, isBounded(proven));
    }
    const created = proven.filter((_, n) => isCreated(outcomes[n]!));
    proven.forEach(({ span }, n) => span && endSpan(span, outcomes[n]!));
    if (created.length > 0) this.announce(created);
    return outcomes;
  }

  /** In the caller's transaction, which also carries the wake-up of the workers. */
  private async storeWithin(proven: readonly ProvenRequest[], manager: Queryable): Promise<StoredTask[]> {
    const stored = await this.tasks.create(
      proven.map(({ task }) => task),
      isBounded(proven),
      manager,
    );
    proven.forEach(({ span }, n) => 'createdAt' in stored[n]! && span?.stored());
    const limited = proven.filter(({ entry }, n) => entry.limitsSteps && 'createdAt' in stored[n]!);
    const hints = [
      this.notifications.readyStatement(),
      ...this.notifications.queuedStatements(limited.map(({ task }) => task.id)),
    ];
    for (const { text, values } of hints) await manager.query(text, values);
    return stored;
  }

  private announce(created: readonly ProvenRequest[]): void {
    this.notifications.tell('ready');
    this.notifications.announceReady();
    for (const { entry, task } of created) {
      this.admissions.concern(entry, task.id);
      const { template } = entry;
      this.metrics.taskCreated(template);
      const subject = { template, taskId: task.id, correlationId: task.correlationId };
      this.events.publishOf(template, 'task.initialize_requested', () => taskFacts(subject));
    }
  }

  private async answers(
    proven: readonly ProvenRequest[],
    stored: readonly StoredTask[],
    manager?: Queryable,
  ): Promise<CreatedTask[]> {
    const replayed = stored.flatMap((one, n) => (isReplay(one, proven[n]!) ? [one.holder.taskId] : []));
    const first = replayed.length > 0 ? await this.lookup.getTasks(replayed, [], manager) : new Map<string, TaskView>();
    return stored.map((one, n) => {
      if ('createdAt' in one) return { task: createdTaskView(proven[n]!, one.createdAt), replayed: false };
      if ('queueSize' in one) return { error: queueFull(proven[n]!, one.queueSize) };
      const task = isReplay(one, proven[n]!) ? first.get(one.holder.taskId) : undefined;
      return task ? { task, replayed: true } : { error: conflict(proven[n]!, one.holder) };
    });
  }
}

const fulfilled = (value: StoredTask): PromiseFulfilledResult<StoredTask> => ({ status: 'fulfilled', value });

const heldBy = ({ holder }: ProvenRequest): StoredTask | null => holder && { holder };

const isCreated = (outcome: PromiseSettledResult<StoredTask>): boolean =>
  outcome.status === 'fulfilled' && 'createdAt' in outcome.value;

/** Of a task that was created before, or that was refused, there is nothing to tell. */
function endSpan(span: CreationSpan, outcome: PromiseSettledResult<StoredTask>): void {
  if (outcome.status === 'rejected') span.failed(outcome.reason);
  else if (isCreated(outcome)) span.stored();
}

const isReplay = (stored: StoredTask, { task }: ProvenRequest): stored is { holder: KeyHolder } =>
  'holder' in stored && stored.holder.requestHash === task.requestHash;

const isBounded = (proven: readonly ProvenRequest[]): boolean =>
  proven.some(({ entry }) => entry.limits.queueSize !== null);

const isBatched = ({ entry }: ProvenRequest): boolean => entry.template.performance.batching !== null;

function unwrapped<T>(outcome: PromiseSettledResult<T>): T {
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value;
}

const isDeadlock = (error: unknown): boolean => (error as { code?: unknown }).code === '40P01';

function submitted(answer: CreatedTask): SubmittedTask {
  if ('error' in answer) throw answer.error;
  return answer;
}

const values = <T>(outcomes: readonly PromiseSettledResult<T>[]): T[] =>
  outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));

/** The answers in the places of what was fulfilled, and an error in every other. */
function inTurn(outcomes: readonly PromiseSettledResult<unknown>[], answers: readonly CreatedTask[]): CreatedTask[] {
  let next = 0;
  return outcomes.map((outcome) =>
    outcome.status === 'fulfilled' ? answers[next++]! : { error: refusalOf(outcome.reason) },
  );
}

const conflict = ({ task }: ProvenRequest, holder: KeyHolder): TaskerError =>
  new TaskerError(
    'idempotency_conflict',
    `The idempotency key ${JSON.stringify(task.idempotencyKey)} belongs to task ${holder.taskId}, ` +
      `which was created by a different request. Use another key, or send the same request.`,
  );

const queueFull = ({ entry: { template, limits } }: ProvenRequest, queueSize: number): TaskerError =>
  new TaskerError(
    'queue_full',
    `The queue of ${template.namespace}.${template.name} is full: ${queueSize} may wait (performance.concurrency.queue_size)` +
      `${limits.maxTasks === null ? '' : ` besides ${limits.maxTasks} in progress (max_concurrent_tasks)`}. ` +
      `Send the request again later.`,
  );
