import { Injectable } from '@nestjs/common';
import type { TaskVerb } from '../core/states.js';
import { OperatorStore, type Operator, type VerbOutcome } from '../persistence/stores/operator.store.js';
import { OperatorNews, type Deed } from './operator-news.js';
import { checkTaskOptions, type ActOptions, type RetryTaskOptions, type TaskChanges } from './operator-options.js';
import { illegalTaskVerb, taskIdOf, taskNotFound, writeFailure } from './refusals.js';
import { TaskLookup } from './task-lookup.js';
import type { TaskView } from './views.js';

/** What an operator does to tasks, told to who runs their steps and who waits for them. */
@Injectable()
export class TaskOperator {
  constructor(
    private readonly store: OperatorStore,
    private readonly lookup: TaskLookup,
    private readonly news: OperatorNews,
  ) {}

  /** @throws TaskerError what `TaskerClient.retryTask` says */
  async retry(id: string, options: RetryTaskOptions = {}): Promise<TaskView> {
    const taskId = taskIdOf(id);
    checkTaskOptions('retry', options);
    const values = { retryLimit: options.retryLimit ?? null, inputs: null };
    return this.act('retry', taskId, options, (by) => this.store.retryTask(taskId, values, by));
  }

  /** @throws TaskerError what `TaskerClient.resolveTask` says */
  async resolve(id: string, options: ActOptions = {}): Promise<TaskView> {
    const taskId = taskIdOf(id);
    checkTaskOptions('resolve', options);
    return this.act('resolve', taskId, options, (by) => this.store.resolveTask(taskId, by));
  }

  /** @throws TaskerError what `TaskerClient.cancelTask` says */
  async cancel(id: string, options: ActOptions = {}): Promise<TaskView> {
    const taskId = taskIdOf(id);
    checkTaskOptions('cancel', options);
    return this.act('cancel', taskId, options, (by) => this.store.cancelTask(taskId, by));
  }

  /** @throws TaskerError what `TaskerClient.pauseTask` says */
  async pause(id: string, options: ActOptions = {}): Promise<TaskView> {
    const taskId = taskIdOf(id);
    checkTaskOptions('pause', options);
    return this.act('pause', taskId, options, (by) => this.store.pauseTask(taskId, by), { held: 'paused' });
  }

  /** @throws TaskerError what `TaskerClient.resumeTask` says */
  async resume(id: string, options: ActOptions = {}): Promise<TaskView> {
    const taskId = taskIdOf(id);
    checkTaskOptions('resume', options);
    return this.act('resume', taskId, options, (by) => this.store.resumeTask(taskId, by), { held: 'resumed' });
  }

  /** @throws TaskerError what `TaskerClient.updateTask` says */
  async update(id: string, changes: TaskChanges): Promise<TaskView> {
    const taskId = taskIdOf(id);
    checkTaskOptions('update', changes);
    const { tags = null, reason = null, priority = null, actor = null } = changes;
    const outcome = await this.write(
      'update',
      taskId,
      this.store.updateTask(taskId, { tags, reason, priority }, actor),
    );
    if (outcome.outcome === 'done') this.news.changed(taskId);
    return this.lookup.getTask(taskId);
  }

  private async act(
    verb: TaskVerb,
    taskId: string,
    { actor = null, reason = null }: { actor?: string | null; reason?: string | null },
    write: (by: Operator) => Promise<VerbOutcome>,
    deed?: Deed,
  ): Promise<TaskView> {
    const by = { actor, reason };
    const outcome = await this.write(verb, taskId, write(by));
    if (outcome.outcome === 'done') await this.news.tell(taskId, outcome, by, deed);
    return this.lookup.getTask(taskId);
  }

  private async write(verb: TaskVerb, taskId: string, writing: Promise<VerbOutcome>): Promise<VerbOutcome> {
    const outcome = await writing.catch((error: unknown) => {
      throw writeFailure(error);
    });
    if (outcome.was === null) throw taskNotFound(taskId);
    if (outcome.outcome === 'refused') throw illegalTaskVerb(taskId, verb, outcome);
    return outcome;
  }
}
