import { Injectable } from '@nestjs/common';
import { BulkOperator, type ActedStep, type ActedTask, type StepAct, type TaskAct } from './bulk-operator.js';
import type { Diagram } from './diagram.js';
import type { TaskExplanation } from './explanation/explanation.js';
import { TaskExplaining, type ExplainOptions } from './explanation/task-explaining.js';
import type { ListFilter } from './list-filter.js';
import type {
  ActOptions,
  CompleteStepOptions,
  ResolveStepOptions,
  RetryStepOptions,
  RetryTaskOptions,
  StepChanges,
  TaskChanges,
} from './operator-options.js';
import { StepOperator } from './step-operator.js';
import { TaskCreation, type CreatedTask, type SubmittedTask } from './task-creation.js';
import { TaskLookup, type StepOptions, type TaskPage, type TaskPart } from './task-lookup.js';
import { TaskOperator } from './task-operator.js';
import type { CreateOptions, TaskRequest } from './task-request.js';
import { TaskWaiting, type WaitOptions } from './task-waiting.js';
import type { StepView, TaskView, TransitionView } from './views.js';

/** What an application asks of Tasker. What is refused is a TaskerError with a `code` and its `findings`. */
@Injectable()
export class TaskerClient {
  constructor(
    private readonly creation: TaskCreation,
    private readonly lookup: TaskLookup,
    private readonly tasks: TaskOperator,
    private readonly steps: StepOperator,
    private readonly bulk: BulkOperator,
    private readonly waiting: TaskWaiting,
    private readonly explaining: TaskExplaining,
  ) {}

  /**
   * Creates a task with all of its steps, or nothing. With an idempotency key, the same request again answers the first task.
   *
   * @throws TaskerError `request_invalid`, `template_not_found`, `context_invalid`, `idempotency_conflict`, `queue_full`, `database_unavailable`
   */
  async createTask(request: TaskRequest, options?: CreateOptions): Promise<TaskView> {
    return (await this.creation.submit(request, options)).task;
  }

  /** As `createTask`, and says whether an earlier request has created the task. */
  submit(request: TaskRequest, options?: CreateOptions): Promise<SubmittedTask> {
    return this.creation.submit(request, options);
  }

  /**
   * Up to 1,000 tasks, one answer each in the order of the requests. Those that are not refused are created in one
   * transaction, unless their templates ask for batches of their own (`performance.batching`).
   *
   * @throws TaskerError `request_invalid` for more than 1,000, `database_unavailable`
   */
  createTasks(requests: readonly TaskRequest[], options?: CreateOptions): Promise<CreatedTask[]> {
    return this.creation.submitAll(requests, options);
  }

  /** @throws TaskerError `task_not_found`, also for what is no UUID */
  getTask(taskId: string, { include }: { include?: readonly TaskPart[] } = {}): Promise<TaskView> {
    return this.lookup.getTask(taskId, include);
  }

  /** @throws TaskerError `request_invalid` */
  listTasks(filter?: ListFilter): Promise<TaskPage> {
    return this.lookup.listTasks(filter);
  }

  /** All steps of a task, in the template's order. @throws TaskerError `task_not_found` */
  getSteps(taskId: string, options?: StepOptions): Promise<StepView[]> {
    return this.lookup.getSteps(taskId, options);
  }

  /** @throws TaskerError `task_not_found`, `step_not_found` */
  getStep(taskId: string, idOrName: string, options?: StepOptions): Promise<StepView> {
    return this.lookup.getStep(taskId, idOrName, options);
  }

  /** The audit trail of a task and its steps, in the order in which things happened. @throws TaskerError `task_not_found` */
  getTransitions(taskId: string): Promise<TransitionView[]> {
    return this.lookup.getTransitions(taskId);
  }

  /** The task's graph with the states of its steps; see `mermaid`. @throws TaskerError `task_not_found` */
  getDiagram(taskId: string): Promise<Diagram> {
    return this.lookup.getDiagram(taskId);
  }

  /**
   * Why a task and each of its unfinished steps is where it is, and what would move it; all of one moment. Of one that has
   * ended: how, and what would repair it.
   *
   * @throws TaskerError `request_invalid`, `task_not_found`, `step_not_found`
   */
  explain(taskId: string, options?: ExplainOptions): Promise<TaskExplanation> {
    return this.explaining.explain(taskId, options);
  }

  /**
   * Cancels a task and its unfinished steps; the running ones are told to stop. A task that is cancelled already is answered as it is.
   *
   * @throws TaskerError `task_not_found`, `illegal_transition` where it has ended otherwise
   */
  cancelTask(taskId: string, options?: ActOptions): Promise<TaskView> {
    return this.tasks.cancel(taskId, options);
  }

  /**
   * Has all failed steps of a task tried again; attempts made so far do not count. A task in error goes on, and has all
   * of its `max_duration_seconds` again.
   *
   * @throws TaskerError `request_invalid`, `task_not_found`, `illegal_transition`
   */
  retryTask(taskId: string, options?: RetryTaskOptions): Promise<TaskView> {
    return this.tasks.retry(taskId, options);
  }

  /**
   * Settles a task in error by hand: its failed steps are resolved, those that have not started are cancelled.
   *
   * @throws TaskerError `request_invalid`, `task_not_found`, `illegal_transition`
   */
  resolveTask(taskId: string, options?: ActOptions): Promise<TaskView> {
    return this.tasks.resolve(taskId, options);
  }

  /**
   * Starts nothing more of a task until it is resumed; attempts that run end as they would. A task that is paused already
   * is answered as it is.
   *
   * @throws TaskerError `request_invalid`, `task_not_found`, `illegal_transition`
   */
  pauseTask(taskId: string, options?: ActOptions): Promise<TaskView> {
    return this.tasks.pause(taskId, options);
  }

  /** Lets a paused task go on. @throws TaskerError `request_invalid`, `task_not_found`, `illegal_transition` where it is not paused */
  resumeTask(taskId: string, options?: ActOptions): Promise<TaskView> {
    return this.tasks.resume(taskId, options);
  }

  /** Gives a task other tags, another reason or another priority. @throws TaskerError `request_invalid`, `task_not_found` */
  updateTask(taskId: string, changes: TaskChanges): Promise<TaskView> {
    return this.tasks.update(taskId, changes);
  }

  /**
   * Has a step tried again: one that failed, or at once one that waits for its retry. Attempts made so far do not count,
   * and a task in error goes on.
   *
   * @param step - its id or its name, as for every verb on a step
   * @throws TaskerError `request_invalid`, `task_not_found`, `step_not_found`, `illegal_transition`, as every verb on a step
   */
  retryStep(taskId: string, step: string, options?: RetryStepOptions): Promise<StepView> {
    return this.steps.retry(taskId, step, options);
  }

  /** Settles a failed step as resolved by hand: what depends on it goes on. @throws TaskerError as `retryStep` */
  resolveStep(taskId: string, step: string, options?: ResolveStepOptions): Promise<StepView> {
    return this.steps.resolve(taskId, step, options);
  }

  /** Completes a step that failed or runs, with these results; a running attempt is told to stop. @throws TaskerError as `retryStep` */
  completeStep(taskId: string, step: string, options: CompleteStepOptions): Promise<StepView> {
    return this.steps.complete(taskId, step, options);
  }

  /** Passes over a step, at once: what depends on it goes on. @throws TaskerError as `retryStep` */
  skipStep(taskId: string, step: string, options?: ActOptions): Promise<StepView> {
    return this.steps.skip(taskId, step, options);
  }

  /**
   * Cancels a step, and with it all that depends on it. Where nothing else of the task is left to do, it settles. A step
   * that is cancelled already is answered as it is.
   *
   * @throws TaskerError as `retryStep`
   */
  cancelStep(taskId: string, step: string, options?: ActOptions): Promise<StepView> {
    return this.steps.cancel(taskId, step, options);
  }

  /** Gives a step another retry limit or other inputs, for the attempts from now on. @throws TaskerError as `retryStep` */
  updateStep(taskId: string, step: string, changes: StepChanges): Promise<StepView> {
    return this.steps.update(taskId, step, changes);
  }

  /**
   * Does the same to up to 1,000 tasks, each in a transaction of its own; one answer each in the order of the ids.
   *
   * @throws TaskerError `request_invalid` for more, and for options that no task could be given
   */
  actOnTasks(taskIds: readonly string[], act: TaskAct): Promise<ActedTask[]> {
    return this.bulk.actOnTasks(taskIds, act);
  }

  /** Does the same to up to 1,000 steps, as `actOnTasks` to tasks. @throws TaskerError `request_invalid` */
  actOnSteps(steps: readonly { taskId: string; step: string }[], act: StepAct): Promise<ActedStep[]> {
    return this.bulk.actOnSteps(steps, act);
  }

  /**
   * Resolves with the task and its steps once it is complete, in error, cancelled or resolved; by notification, not by polling.
   *
   * @throws TaskerError `task_not_found` at once, `wait_timeout` which says the state that it is in
   */
  waitFor(taskId: string, options?: WaitOptions): Promise<TaskView> {
    return this.waiting.waitFor(taskId, options);
  }
}
