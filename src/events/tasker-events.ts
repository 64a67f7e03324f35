import type { AlertEnd } from '../core/alerts/alert-end.js';
import type { StepFailure } from '../core/failure.js';
import type { ExecutionStatus, TaskState } from '../core/states.js';
import type { AlertSeverity } from '../core/template-policies.js';

/** What every payload carries. */
export interface EventFacts {
  event: string;
  /** ISO 8601, when it was published. */
  timestamp: string;
  /** Of an event that was read from the audit trail: the same for every delivery. */
  event_id?: string;
}

/** What every payload about a task carries. */
export interface TaskFacts extends EventFacts {
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

/** Who acted, and why; null where it was not said. */
export interface OperatorFacts {
  actor: string | null;
  reason: string | null;
}

export interface BackoffFacts {
  /** Seconds from the failure to the next attempt. */
  backoff_seconds: number;
  /** The step's kind of backoff, or that a service has said when to come back. */
  backoff_type: 'exponential' | 'linear' | 'fixed' | 'none' | 'server_requested';
  next_retry_at: string;
}

/** What every payload about a worker carries. */
export interface WorkerFacts extends EventFacts {
  /** Number of its incarnation. */
  worker_id: number;
  worker_name: string;
  host: string;
  pid: number;
}

/** What every payload about an entry of a registry carries. */
export interface RegistryFacts extends EventFacts {
  /** The same for all changes that were made at once. */
  correlation_id: string;
  /** As `GET /tasker/registries` lists it. */
  registry_name: string;
  entity_type: string;
  /** Its name, or namespace, name and version: `payments/payment_processor/2.1.0`. */
  entity_id: string;
  entity_class: string;
  /** What it was registered with. */
  options: Record<string, unknown>;
}

interface Refused {
  /** Why it was refused. */
  validation_error: string;
}

/** What every payload about a circuit carries. */
export interface CircuitFacts extends EventFacts {
  dependent_system: string;
}

/** What every payload about an export carries. */
export interface ExportFacts extends EventFacts {
  format: string;
  what: 'tasks' | 'metrics';
  /** The file that it is written to; null where it is answered. */
  file: string | null;
}

/** What every payload about an alert carries. Null where the alert is about all namespaces, all templates, or all steps. */
export interface AlertEventFacts extends EventFacts {
  /** The same whenever it fires, in all processes. */
  alert_id: string;
  alert_name: string;
  severity: AlertSeverity;
  namespace: string | null;
  task_name: string | null;
  version: string | null;
  step_name: string | null;
  /** The same in what is told of one firing and of its end. */
  correlation_id: string;
  condition: string;
  description: string | null;
  /** Seconds that the figures are of. */
  window_seconds: number;
  /** What the condition was asked over; null for what had no value. */
  figures: Record<string, number | null>;
  labels: Record<string, string>;
  fired_at: string;
}

/** Why nothing of a task can run now. */
export type Standstill = Extract<
  ExecutionStatus,
  'waiting_for_retry' | 'waiting_for_dependencies' | 'blocked_by_failures'
>;

/** The events of the engine. Each is published once, after the commit that made it true, in the process that committed it. */
export interface TaskerEvents {
  'task.initialize_requested': TaskFacts;
  'task.started': TaskFacts;
  'task.completed': TaskFacts & Timed;
  'task.failed': TaskFacts & Timed;
  /** A repair lets a task go on that was in error. */
  'task.retry_requested': TaskFacts & OperatorFacts;
  'task.cancelled': TaskFacts;
  'task.resolved_manually': TaskFacts & OperatorFacts;
  'task.paused': TaskFacts & OperatorFacts;
  'task.resumed': TaskFacts & OperatorFacts;
  'step.execution_requested': StepFacts;
  'step.started': StepFacts;
  'step.completed': StepFacts & Timed & { results: unknown };
  /** No attempt follows. */
  'step.failed': StepFacts & FailureFacts & Timed;
  'step.retry_scheduled': StepFacts & FailureFacts & Timed & { next_retry_at: string };
  /** Beside `step.started`, where an attempt has failed before. */
  'step.retried': StepFacts;
  /** With what its last attempt failed with and how long it took, where it made one. */
  'step.skipped': StepFacts & Partial<FailureFacts & Timed>;
  /** With the results that it was given, or null. */
  'step.resolved_manually': StepFacts & OperatorFacts & { results: unknown };
  /** Beside `step.failed` or `step.retry_scheduled`. */
  'step.timed_out': StepFacts & FailureFacts & Timed;
  /** Beside `step.failed` or `step.skipped` where no attempt follows. */
  'step.worker_lost': StepFacts & FailureFacts & Timed;
  'step.cancelled': StepFacts;
  'workflow.viable_steps_discovered': TaskFacts & { step_ids: string[]; step_names: string[]; step_count: number };
  'workflow.no_viable_steps': TaskFacts & { execution_status: Standstill };
  /** Beside the event that says how it ended. */
  'workflow.task_finalized': TaskFacts & { status: TaskState };
  /** Beside `step.retry_scheduled`. */
  'observability.step.backoff': StepFacts & BackoffFacts;
  /** Beside `step.failed` or `step.skipped`. */
  'observability.step.max_retries_reached': StepFacts & FailureFacts;
  'observability.worker.started': WorkerFacts & { slots: number };
  'observability.worker.stopped': WorkerFacts;
  'observability.worker.lost': WorkerFacts;
  'observability.circuit.opened': CircuitFacts & { failures: number; reset_seconds: number; error_message: string };
  'observability.circuit.closed': CircuitFacts;
  'observability.export.completed': ExportFacts & { record_count: number; byte_count: number };
  'observability.export.failed': ExportFacts & { error_message: string; error_class: string };
  'handler.registered': RegistryFacts;
  'handler.unregistered': RegistryFacts;
  'handler.validation_failed': RegistryFacts & Refused;
  'plugin.registered': RegistryFacts;
  'plugin.unregistered': RegistryFacts;
  'plugin.validation_failed': RegistryFacts & Refused;
  'subscriber.registered': RegistryFacts;
  'subscriber.unregistered': RegistryFacts;
  'subscriber.validation_failed': RegistryFacts & Refused;
  'alert.fired': AlertEventFacts;
  /** With how long it was firing, in seconds. */
  'alert.resolved': AlertEventFacts & { resolved_at: string; firing_duration: number; reason: AlertEnd };
}
export type TaskerEventName = keyof TaskerEvents;

/** A payload that its `event` tells from the others. */
export type TaskerEvent<E extends TaskerEventName = TaskerEventName> = {
  [Name in E]: TaskerEvents[Name] & { event: Name };
}[E];

/** What a handler has published, with the facts of its attempt; these stand where the payload has keys of the same names. */
export type CustomEventPayload = StepFacts & Record<string, unknown>;

/** Any payload that a subscriber may receive. */
export type AnyEvent = TaskerEvent | CustomEventPayload;

export const failureFacts = (failure: StepFailure): FailureFacts => ({
  error_message: failure.message,
  error_class: failure.errorClass,
  error_code: failure.errorCode,
  error_category: failure.errorCategory,
  retryable: failure.retryable,
});
