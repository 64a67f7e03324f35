import { reviveFailure, type StoredFailure } from '../core/failure.js';
import type { Json } from '../core/json.js';
import type { AttemptOutcome } from '../core/states.js';
import type { Cause } from '../persistence/entities/transition.entity.js';
import type { StepRow, TransitionRow } from '../persistence/stores/task-snapshot.js';
import type { AttemptView } from './views.js';

const STARTS: readonly Cause[] = ['claimed', 'handed_off'];

/** Causes that end an attempt; whatever else takes a step out of `in_progress` has cancelled its attempt. */
const OUTCOMES: Partial<Record<Cause, AttemptOutcome>> = {
  succeeded: 'succeeded',
  failed: 'failed',
  timed_out: 'timed_out',
  worker_lost: 'worker_lost',
  released: 'released',
};

/** The attempts of one step, oldest first; a result that came too late follows the attempt that it belongs to. */
export function attemptHistory(step: StepRow, moves: readonly TransitionRow[]): AttemptView[] {
  const starts = new Map(moves.filter(({ cause }) => STARTS.includes(cause)).map((move) => [move.attempt, move]));
  const ends = new Map(moves.filter(({ from }) => from === 'in_progress').map((move) => [move.attempt, move]));
  const refusals = moves.filter(({ cause }) => cause === 'refused');
  return [...starts.values()]
    .sort((a, b) => a.attempt - b.attempt)
    .flatMap((start) => {
      const end = ends.get(start.attempt) ?? null;
      // A step that was skipped on request was claimed, but nothing was attempted.
      const attempts = end?.cause === 'bypassed' ? [] : [attemptView(step, start, end)];
      const late = refusals.filter(({ attempt }) => attempt === start.attempt);
      return [...attempts, ...late.map((refusal) => refusedView(start, refusal))];
    });
}

function attemptView(step: StepRow, start: TransitionRow, end: TransitionRow | null): AttemptView {
  const outcome = end && (OUTCOMES[end.cause] ?? 'cancelled');
  return {
    attempt: start.attempt,
    outcome,
    startedAt: start.at,
    completedAt: end?.at ?? null,
    worker: start.worker,
    ...(outcome === 'succeeded' ? { results: step.result } : {}),
    ...(end?.detail ? { error: reviveFailure(end.detail as StoredFailure) } : {}),
  };
}

function refusedView(start: TransitionRow, { attempt, at, worker, detail }: TransitionRow): AttemptView {
  const { results, error } = (detail ?? {}) as { results?: Json; error?: StoredFailure };
  return {
    attempt,
    outcome: 'refused',
    startedAt: start.at,
    completedAt: at,
    worker,
    ...(error ? { error: reviveFailure(error) } : { results: results ?? null }),
  };
}
