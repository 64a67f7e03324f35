import { isTaskSettled } from '../../core/states.js';
import { byUrgency, causesOf, type RootReasons } from './causes.js';
import type { Cause } from './explanation.js';
import type { Holders } from './holders.js';
import { pauseReasons, stopReasons } from './held-reasons.js';
import { named, reason, type Reason } from './reason.js';
import { isFinished, type Standing } from './standing.js';

/** Why a task is where it is: what holds its steps, or how it ended. */
export function taskReasons(standing: Standing, roots: readonly RootReasons[], holders: Holders): Cause[] {
  const causes = causesOf(standing, roots, holders);
  const own = [...holdingReasons(standing), ...ownReasons(standing, causes)];
  return [...causes, ...own.map((each): Cause => ({ ...each, steps: [], stepCount: 0, holds: 0 }))].sort(byUrgency);
}

/** Named where there is something to hold, whichever steps hold the others. */
function holdingReasons(standing: Standing): Reason[] {
  const idle = standing.snapshot.steps.filter(({ state }) => !isFinished(state) && state !== 'in_progress');
  const isStopped = idle.some(({ state, held }) => held && state !== 'error');
  return [...(idle.length > 0 ? pauseReasons(standing) : []), ...(isStopped ? stopReasons(standing) : [])];
}

function ownReasons(standing: Standing, causes: readonly Cause[]): Reason[] {
  const { task, snapshot } = standing;
  if (isTaskSettled(task.state)) return task.state === 'error' ? [] : [endOf(standing)];
  const moves = snapshot.states.some((state) => state === 'in_progress');
  const waits = snapshot.states.some((state) => state === 'ready' || state === 'waiting_for_retry');
  const isAtRest = !moves && (!waits || task.stoppedAt !== null);
  const isOver = causes.every(({ kind }) => kind === 'failed') || task.stoppedAt !== null;
  if (!isAtRest || !isOver) return [];
  return [reason('settling', 'Nothing of it can move any more: a worker is about to end it.')];
}

function endOf({ task, snapshot: { facts } }: Standing): Reason {
  const ended = facts?.ended;
  const since = task.finishedAt;
  const at = since ? ` at ${since.toISOString()}` : '';
  const by = ended?.actor ? ` by ${ended.actor}` : '';
  const why = ended?.reason ? ` (${ended.reason})` : '';
  const more = { since, blockedBy: ended?.actor ? [named('operator', ended.actor)] : [] };
  if (task.state === 'complete') return reason('complete', `It completed${at}: there is nothing left to do.`, more);
  const [kind, what] =
    task.state === 'cancelled'
      ? (['cancelled', 'cancelled'] as const)
      : (['resolved_manually', 'settled by hand'] as const);
  return reason(kind, `It was ${what}${at}${by}${why}: nothing of it starts again.`, more);
}
