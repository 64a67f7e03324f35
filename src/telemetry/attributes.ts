import type { Attributes } from '@opentelemetry/api';

/** Names of Tasker's own attributes of spans. */
export const ATTRIBUTE = {
  taskId: 'tasker.task.id',
  taskName: 'tasker.task.name',
  taskVersion: 'tasker.task.version',
  taskStatus: 'tasker.task.status',
  namespace: 'tasker.namespace',
  correlationId: 'tasker.correlation_id',
  stepName: 'tasker.step.name',
  stepId: 'tasker.step.id',
  /** Counts from 1. */
  attempt: 'tasker.attempt',
  retryLimit: 'tasker.retry_limit',
  /** As `attempt_history` has it: succeeded, failed, timed_out, worker_lost, released, cancelled, refused. */
  outcome: 'tasker.attempt.outcome',
  /** Why it was cancelled or released. */
  reason: 'tasker.attempt.reason',
  nextRetryAt: 'tasker.next_retry_at',
  retryable: 'tasker.retryable',
  errorCategory: 'tasker.error.category',
  workerId: 'tasker.worker.id',
  dependentSystem: 'tasker.dependent_system',
} as const;

/** What spans say of the task that they belong to. */
export interface TracedTask {
  taskId: string;
  correlationId: string;
  template: { namespace: string; name: string; version: string };
}

export const taskAttributes = ({ taskId, correlationId, template }: TracedTask): Attributes => ({
  [ATTRIBUTE.taskId]: taskId,
  [ATTRIBUTE.taskName]: template.name,
  [ATTRIBUTE.taskVersion]: template.version,
  [ATTRIBUTE.namespace]: template.namespace,
  [ATTRIBUTE.correlationId]: correlationId,
});
