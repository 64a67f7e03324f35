import { Injectable } from '@nestjs/common';
import type { Diagram } from './diagram.js';
import type { ListFilter } from './list-filter.js';
import { TaskCancellation, type CancelOptions } from './task-cancellation.js';
import { TaskCreation, type CreatedTask, type SubmittedTask } from './task-creation.js';
import { TaskLookup, type StepOptions, type TaskPage, type TaskPart } from './task-lookup.js';
import type { CreateOptions, TaskRequest } from './task-request.js';
import { TaskWaiting, type WaitOptions } from './task-waiting.js';
import type { StepView, TaskView, TransitionView } from './views.js';

/** What an application asks of Tasker. What is refused is a TaskerError with a `code` and its `findings`. */
@Injectable()
export class TaskerClient {
  constructor(
    private readonly creation: TaskCreation,
    private readonly lookup: TaskLookup,
    private readonly cancellation: TaskCancellation,
    private readonly waiting: TaskWaiting,
  ) {}

  /**
   * Creates a task with all of its steps, or nothing. With an idempotency key, the same request again answers the first task.
   *
   * @throws TaskerError `request_invalid`, `template_not_found`, `context_invalid`, `idempotency_conflict`, `database_unavailable`
   */
  async createTask(request: TaskRequest, options?: CreateOptions): Promise<TaskView> {
    return (await this.creation.submit(request, options)).task;
  }

  /** As `createTask`, and says whether an earlier request has created the task. */
  submit(request: TaskRequest, options?: CreateOptions): Promise<SubmittedTask> {
    return this.creation.submit(request, options);
  }

  /**
   * Up to 1,000 tasks, one answer each in the order of the requests. Those that are not refused are created in one transaction.
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
   * Cancels a task and its unfinished steps; the running ones are told to stop. A task that is cancelled already is answered as it is.
   *
   * @throws TaskerError `task_not_found`, `illegal_transition` where it has ended otherwise
   */
  cancelTask(taskId: string, options?: CancelOptions): Promise<TaskView> {
    return this.cancellation.cancel(taskId, options);
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
