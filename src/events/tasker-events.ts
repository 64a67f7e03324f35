import type { StepFailure } from '../core/failure.js';

/** What every payload carries. */
export interface TaskFacts {
  event: string;
  /** ISO 8601, when it was published. */
  timestamp: string;
  task_id: string;
  task_name: string;
  namespace: string;
  version: string;
  correlation_id: string;
}

export interface StepFacts extends TaskFacts {
  step_id: string;
  step_name: string;
  attempt: number;
  retry_limit: number;
}

export interface FailureFacts {
  error_message: string;
  error_class: string;
  error_code: string | null;
  error_category: string | null;
  retryable: boolean;
}

/** Seconds that the attempt, or the task since its first step, took. */
interface Timed {
  execution_duration: number;
}

/** The events of the engine. Each is published once, after the commit that made it true, in the process that committed it. */
export interface TaskerEvents {
  'task.initialize_requested': TaskFacts;
  'task.started': TaskFacts;
  'task.completed': TaskFacts & Timed;
  'task.failed': TaskFacts & Timed;
  'task.cancelled': TaskFacts;
  'step.started': StepFacts;
  'step.completed': StepFacts & Timed & { results: unknown };
  /** No attempt follows. */
  'step.failed': StepFacts & FailureFacts & Timed;
  'step.retry_scheduled': StepFacts & FailureFacts & Timed & { next_retry_at: string };
  /** With what its last attempt failed with, where it made one; with its duration, where its worker could not end it. */
  'step.skipped': StepFacts & Partial<FailureFacts & Timed>;
  /** Beside `step.failed` or `step.retry_scheduled`. */
  'step.timed_out': StepFacts & FailureFacts & Timed;
  /** Beside `step.failed` or `step.skipped` where no attempt follows. */
  'step.worker_lost': StepFacts & FailureFacts & Timed;
  'step.cancelled': StepFacts;
}
export type TaskerEventName = keyof TaskerEvents;

/** A payload that its `event` tells from the others. */
export type TaskerEvent<E extends TaskerEventName = TaskerEventName> = {
  [Name in E]: TaskerEvents[Name] & { event: Name };
}[E];

export const failureFacts = (failure: StepFailure): FailureFacts => ({
  error_message: failure.message,
  error_class: failure.errorClass,
  error_code: failure.errorCode,
  error_category: failure.errorCategory,
  retryable: failure.retryable,
});
