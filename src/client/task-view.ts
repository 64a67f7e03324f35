import { reviveFailure } from '../core/failure.js';
import { stepId } from '../core/identity.js';
import { isTaskSettled } from '../core/states.js';
import { fullName } from '../core/template.js';
import type { StepRow, TaskRow } from '../persistence/stores/task-snapshot.js';
import type { CatalogEntry } from '../persistence/template-catalog.js';
import { waitingView } from './explanation/reason.js';
import type { Standing } from './explanation/standing.js';
import { stepReasons } from './explanation/step-reasons.js';
import { completionPercentage, executionStatus } from './execution-status.js';
import type { ProvenRequest } from './task-intake.js';
import type { StepView, TaskView } from './views.js';

/** A stored task, without its parts. */
export const taskView = ({ template }: CatalogEntry, row: TaskRow): TaskView => ({
  taskId: row.id,
  namespace: row.namespace,
  name: row.name,
  version: row.version,
  fullName: fullName(row),
  status: row.state,
  executionStatus: executionStatus(row),
  completionPercentage: completionPercentage(row.stepCounts),
  stepCounts: row.stepCounts,
  context: row.context,
  annotations: row.annotations,
  initiator: row.initiator,
  reason: row.reason,
  sourceSystem: row.sourceSystem,
  tags: row.tags,
  priority: row.priority,
  correlationId: row.correlationId,
  idempotencyKey: row.idempotencyKey,
  runAt: row.runAt,
  // one that completed or was resolved while it was paused has nothing left to start
  pausedAt: isTaskSettled(row.state) && row.state !== 'error' ? null : row.pausedAt,
  createdAt: row.createdAt,
  startedAt: row.startedAt,
  completedAt: row.finishedAt,
  maskedFields: template.security.maskedFields,
});

/** A task that has just been created, as a read would find it. */
export function createdTaskView({ entry, context, task }: ProvenRequest, createdAt: Date): TaskView {
  const { namespace, name, version, steps } = entry.template;
  const roots = entry.graph.parents.filter((parents) => parents.length === 0).length;
  const isDue = task.runAt === null || task.runAt <= createdAt;
  return taskView(entry, {
    ...task,
    namespace,
    name,
    version,
    context,
    annotations: null,
    state: 'pending',
    createdAt,
    startedAt: null,
    finishedAt: null,
    pausedAt: null,
    stoppedAt: null,
    deadlineAt: null,
    stepCounts: { ready: roots, ...(steps.length > roots ? { pending: steps.length - roots } : {}) },
    claimable: isDue ? roots : 0,
    dueLater: isDue ? 0 : roots,
  });
}

/** A stored step, without its history. */
export function stepView(standing: Standing, row: StepRow): StepView {
  const { entry, task } = standing;
  const { name, retryable, dependsOn, dependentSystem, inputs } = entry.step(row.stepNo);
  return {
    stepId: stepId(task.id, row.stepNo),
    taskId: task.id,
    name,
    status: row.state,
    attempts: row.attempt,
    retryLimit: row.retryLimit,
    retryable,
    dependsOn: [...dependsOn],
    dependents: entry.graph.children[row.stepNo]!.map((child) => entry.step(child).name),
    dependentSystem,
    inputs: row.inputs ?? inputs,
    results: row.result,
    error: row.error && reviveFailure(row.error),
    nextRetryAt: row.state === 'waiting_for_retry' ? (row.dueAt ?? row.readyAt) : null,
    startedAt: row.startedAt,
    completedAt: row.finishedAt,
    maskedFields: entry.template.security.maskedFields,
    worker: row.worker,
    waitingFor: waitingView(stepReasons(standing, row), row.state === 'in_progress'),
  };
}
