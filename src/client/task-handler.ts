import type { JsonObject } from '../core/json.js';
import type { TaskContext } from '../core/template.js';
import type { AnyTaskHandler, TaskDefinition } from '../registry/task-handler.decorator.js';
import type { TaskRequest } from './task-request.js';
import type { StepView, TaskView } from './views.js';

/** What a task is created from. */
export interface TemplateIdentity {
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
}

/** A request whose context is of the template's kind. */
export type RequestWith<C> = Omit<TaskRequest, 'context'> & { context: C };

/**
 * What belongs to the tasks of one template. A task handler is an ordinary singleton provider; every method is optional,
 * and at least one must be there.
 */
export interface TaskHandlerContract<C = TaskContext> extends AnyTaskHandler {
  /** The template, in code: with all that YAML may say, and proven as YAML is. Called once, when the application starts. */
  defineSteps?(): TaskDefinition;

  /**
   * Called with each request before its context is held against the schema, and before anything is written. The request
   * is a copy: it may be changed, or another one answered; template, idempotency key and initiator stay as they were.
   * It runs in the process that creates the task, outside of any transaction of Tasker's. Not called for a request whose
   * idempotency key is known; where it runs twice for one key, one task is created.
   *
   * @throws PermanentError or TaskerError to refuse the request: it is answered with `task_refused`, over HTTP 422
   */
  beforeInitialize?(
    request: RequestWith<C>,
    template: TemplateIdentity,
  ): RequestWith<C> | void | Promise<RequestWith<C> | void>;

  /**
   * Called once the task is complete, after the commit, in the process that has committed it; at most once per completion.
   * What it throws is logged. The task comes with its steps, and with the annotations of `annotate`.
   */
  onComplete?(task: TaskView): unknown;

  /** As `onComplete`, once the task is in `error`; again where it fails again after a repair. */
  onError?(task: TaskView): unknown;

  /**
   * Called once the task has settled (complete, error, cancelled, resolved by hand), after the commit and before the other
   * hooks. What it answers is stored with the task in place of earlier annotations; nothing leaves these as they are.
   */
  annotate?(task: TaskView, steps: readonly StepView[]): JsonObject | null | void | Promise<JsonObject | null | void>;
}
