import type { StepRow } from '../../persistence/stores/task-snapshot.js';
import { heldReasons } from './held-reasons.js';
import { limitReasons } from './limit-reasons.js';
import { amount, capital, failureText, listed } from './phrases.js';
import { named, reason, REASON_KINDS, type Reason } from './reason.js';
import { isFinished, isSatisfied, type Standing } from './standing.js';
import { claimReasons, runReasons } from './worker-reasons.js';

/**
 * Everything for which an unfinished step is where it is, in the order in which it has to be solved.
 *
 * @param holders - the steps that hold it in the end, where it waits for parents; if not given, these parents
 */
export function stepReasons(standing: Standing, row: StepRow, holders?: readonly number[]): Reason[] {
  if (isFinished(row.state)) return [];
  const reasons = [...heldReasons(standing, row), ...ownReasons(standing, row, holders)];
  return reasons.sort((a, b) => REASON_KINDS.indexOf(a.kind) - REASON_KINDS.indexOf(b.kind));
}

function ownReasons(standing: Standing, row: StepRow, holders?: readonly number[]): Reason[] {
  if (row.state === 'in_progress') return runReasons(standing, row);
  if (row.state === 'error') return [failed(row)];
  const ahead =
    row.state === 'pending'
      ? [dependencies(standing, row, holders)]
      : [...timeReasons(standing, row), ...circuitReasons(standing, row), ...limitReasons(standing, row)];
  return [...ahead, ...claimReasons(standing, row)];
}

function dependencies(standing: Standing, { stepNo }: StepRow, holders?: readonly number[]): Reason {
  const parents = standing.entry.graph.parents[stepNo]!;
  const open = parents.filter((parent) => !isSatisfied(standing.stateOf(parent)));
  const names = open.map((parent) => `${standing.nameOf(parent)} (${standing.stateOf(parent)})`);
  const detail = `It waits for ${open.length} of ${amount(parents.length, 'parent')}: ${listed(names)}.`;
  return reason('dependencies', detail, { blockedBy: (holders ?? open).map((holder) => standing.blocker(holder)) });
}

/** An operator's verbs forgive what was tried before. */
const attemptText = ({ attempt, forgiven, retryLimit }: StepRow): string =>
  `attempt ${attempt - forgiven} of ${retryLimit}`;

function failed(row: StepRow): Reason {
  const what = row.error ? ` with ${failureText(row.error)}` : '';
  const isSpent = row.attempt - row.forgiven >= row.retryLimit;
  const why = row.error?.retryable && isSpent ? 'no attempt is left' : 'no further attempt is made';
  const detail = `${capital(attemptText(row))} failed${what}, and ${why}: it waits for a repair.`;
  return reason('failed', detail, { since: row.finishedAt });
}

function timeReasons({ at }: Standing, row: StepRow): Reason[] {
  const { dueAt, state, error, finishedAt } = row;
  if (!dueAt) return [];
  const isDue = dueAt <= at;
  const when = isDue
    ? `was due at ${dueAt.toISOString()}: the next claim of a worker takes it`
    : `is due at ${dueAt.toISOString()}`;
  if (state === 'waiting_for_retry') {
    const last = `${capital(attemptText(row))} failed${error ? ` with ${failureText(error)}` : ''}`;
    return [reason('backoff', `${last}; the next one ${when}.`, { since: finishedAt, until: dueAt })];
  }
  const detail = isDue ? `It ${when}.` : `It is not to start before ${dueAt.toISOString()}, the run_at of its task.`;
  return [reason('run_at', detail, { until: dueAt })];
}

function circuitReasons({ at }: Standing, { circuit }: StepRow): Reason[] {
  if (!circuit) return [];
  const { system, state, failures, errorCode, probeAt } = circuit;
  const what = `${failures} attempts in a row failed${errorCode === null ? '' : `, the last with ${errorCode}`}`;
  const blockedBy = [named('system', system)];
  if (state === 'half_open') {
    const detail = `The circuit of ${system} is half open: ${what}. One step is trying whether it is back.`;
    return [reason('circuit', detail, { blockedBy, since: probeAt })];
  }
  const next = probeAt! <= at ? 'One step may try it again since' : 'One step tries it again at';
  const detail = `The circuit of ${system} is open: ${what}. ${next} ${probeAt!.toISOString()}.`;
  return [reason('circuit', detail, { blockedBy, until: probeAt })];
}
