import { Inject, Injectable, Logger } from '@nestjs/common';
import { TASKER_CONFIG, type TaskerConfig } from '../config/tasker-config.js';
import { isPlainObject, storableJson, type JsonObject } from '../core/json.js';
import { runInLogScope } from '../core/log-scope.js';
import { EventBus } from '../events/event-bus.js';
import { EventScope } from '../events/event-scope.js';
import type { TaskerEventName, TaskFacts } from '../events/tasker-events.js';
import { TaskStore } from '../persistence/stores/task.store.js';
import { TemplateCatalog, type CatalogEntry } from '../persistence/template-catalog.js';
import { Vault } from '../persistence/vault.js';
import { classNameOf } from '../registry/interface-contract.js';
import { TaskHandlerRegistry } from '../registry/task-handler.registry.js';
import { Gatherer } from './gatherer.js';
import type { TaskHandlerContract } from './task-handler.js';
import { TaskLookup } from './task-lookup.js';
import type { TaskView } from './views.js';

type Hook = 'onComplete' | 'onError';

/** The events that say that a task has settled, and the hook that is for this end alone. */
const SETTLING = [
  ['task.completed', 'onComplete'],
  ['task.failed', 'onError'],
  ['task.cancelled', null],
  ['task.resolved_manually', null],
] as const satisfies [TaskerEventName, Hook | null][];

const STATEMENTS_IN_FLIGHT = 2;
const TASKS_PER_STATEMENT = 100;

/**
 * Calls the hooks of task handlers once their tasks have settled: after the commit, in the process that has committed it.
 * As with every event, a process that dies in between has not called them.
 */
@Injectable()
export class SettledTaskHooks {
  private readonly logger = new Logger('tasker.handlers');
  private subscriptions: (() => void)[] = [];
  private stopWatching: (() => void) | null = null;
  private readonly running = new Set<Promise<void>>();

  private readonly reads = new Gatherer<string, TaskView | undefined>(
    async (taskIds) => {
      const views = await this.lookup.getTasks([...new Set(taskIds)], ['steps']);
      return taskIds.map((taskId) => ({ status: 'fulfilled', value: views.get(taskId) }));
    },
    STATEMENTS_IN_FLIGHT,
    TASKS_PER_STATEMENT,
  );
  private readonly writes = new Gatherer<{ taskId: string; json: string }, void>(
    async (annotations) => {
      await this.tasks.annotate(annotations);
      return annotations.map(() => ({ status: 'fulfilled', value: undefined }));
    },
    STATEMENTS_IN_FLIGHT,
    TASKS_PER_STATEMENT,
  );

  constructor(
    private readonly handlers: TaskHandlerRegistry,
    private readonly catalog: TemplateCatalog,
    private readonly lookup: TaskLookup,
    private readonly tasks: TaskStore,
    private readonly vault: Vault,
    private readonly bus: EventBus,
    @Inject(TASKER_CONFIG) private readonly config: Pick<TaskerConfig, 'worker'>,
  ) {}

  /** Listens as soon as there is a task handler: without one, nothing is asked for. */
  start(): void {
    this.stopWatching = this.handlers.onChange(() => this.subscribe());
    this.subscribe();
  }

  /** Calls no more hooks; resolves when those that were called are through. */
  async stop(): Promise<void> {
    this.stopWatching?.();
    for (const end of this.subscriptions.splice(0)) end();
    await Promise.allSettled(this.running);
  }

  private subscribe(): void {
    if (this.subscriptions.length > 0 || this.handlers.list().length === 0) return;
    this.subscriptions = SETTLING.map(([event, hook]) => this.bus.watch(event, (facts) => this.settled(facts, hook)));
  }

  private settled(facts: TaskFacts, hook: Hook | null): void {
    const calling = runInLogScope(new EventScope(facts), () => this.call(facts, hook))
      .catch((error: unknown) => this.report(`Hooks of task ${facts.task_id} were not called`, error))
      .finally(() => this.running.delete(calling));
    this.running.add(calling);
  }

  private async call(
    { task_id: taskId, namespace, task_name: name, version }: TaskFacts,
    hook: Hook | null,
  ): Promise<void> {
    const entry = await this.catalog.find(namespace, name, version);
    const handler = entry && (this.handlers.find(entry.template) as TaskHandlerContract | undefined);
    if (!handler || (!handler.annotate && !(hook && handler[hook]))) return;
    const task = await this.reads.ask(taskId);
    if (!task) return;
    const method = (called: string): string => `${classNameOf(handler)}.${called} failed for task ${taskId}`;
    try {
      const annotations = await handler.annotate?.(task, task.steps!);
      if (annotations !== undefined && annotations !== null)
        task.annotations = await this.annotate(entry, taskId, annotations);
    } catch (error) {
      this.report(method('annotate'), error);
    }
    if (hook === null) return;
    try {
      await handler[hook]?.(task);
    } catch (error) {
      this.report(method(hook), error);
    }
  }

  private async annotate(entry: CatalogEntry, taskId: string, annotations: JsonObject): Promise<JsonObject> {
    if (!isPlainObject(annotations)) throw new TypeError('it must answer an object.');
    const json = storableJson(JSON.stringify(annotations));
    const most = this.config.worker.maxResultBytes;
    if (Buffer.byteLength(json) > most) {
      throw new RangeError(`the annotations are ${Buffer.byteLength(json)} bytes of JSON; at most ${most} are stored.`);
    }
    await this.writes.ask({ taskId, json: this.vault.sealAnnotations(entry, taskId, json) });
    return JSON.parse(json) as JsonObject;
  }

  private report(what: string, error: unknown): void {
    this.logger.error(what, error);
  }
}
