import type { StepRow } from '../../persistence/stores/task-snapshot.js';
import { listed } from './phrases.js';
import { named, reason, type Reason } from './reason.js';
import type { Standing } from './standing.js';

/** What keeps a step from starting because it keeps all of its task; what runs is not concerned. */
export function heldReasons(standing: Standing, { state, held }: StepRow): Reason[] {
  if (state === 'in_progress') return [];
  return [...pauseReasons(standing), ...(held && state !== 'error' ? stopReasons(standing) : [])];
}

/** Also of one in error: what is repaired does not start before it is resumed. */
export function pauseReasons({ task, snapshot: { paused } }: Standing): Reason[] {
  if (!task.pausedAt) return [];
  const by = paused?.actor ? ` by ${paused.actor}` : '';
  const why = paused?.reason ? ` (${paused.reason})` : '';
  const detail = `The task is paused since ${task.pausedAt.toISOString()}${by}${why}: nothing of it starts until it is resumed.`;
  const blockedBy = paused?.actor ? [named('operator', paused.actor)] : [];
  return [reason('paused', detail, { since: task.pausedAt, blockedBy })];
}

export function stopReasons(standing: Standing): Reason[] {
  const { task, entry } = standing;
  if (!task.stoppedAt) return [];
  const since = task.stoppedAt;
  const isStrict = entry.template.failureStrategy === 'stop_on_first_failure';
  if (!isStrict || (task.deadlineAt !== null && task.deadlineAt <= since)) {
    const limit = entry.template.maxDurationSeconds;
    const detail = `The max_duration_seconds of the task (${limit}) ran out at ${since.toISOString()}: nothing else of it starts.`;
    return [reason('expired', detail, { since })];
  }
  const failed = standing.stepsIn('error');
  const who = failed.length === 0 ? 'A step' : listed(failed.map((stepNo) => standing.nameOf(stepNo)));
  const detail = `${who} failed, and the template stops at its first failure (workflow_config.failure_strategy): nothing else of the task starts.`;
  return [reason('stopped', detail, { since, blockedBy: failed.map((stepNo) => standing.blocker(stepNo)) })];
}
