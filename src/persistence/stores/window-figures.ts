/** Of what; all that are given must hold. */
export interface AnalyticsScope {
  namespace?: string;
  name?: string;
  version?: string;
  /** Only steps of this name. */
  step?: string;
}

/** In seconds. Percentiles are the value of that rank, or one within 2 % of it; the rest is exact. Null where there is none. */
export interface Distribution {
  count: number;
  sum: number;
  mean: number | null;
  min: number | null;
  max: number | null;
  p50: number | null;
  p95: number | null;
  p99: number | null;
}

/** What tasks came to. Rates are shares from 0 to 1, null where nothing ended that they could be shares of. */
export interface TaskFigures {
  created: number;
  started: number;
  completed: number;
  /** Came to `error`, each time they did. */
  failed: number;
  /** After an error too. */
  cancelled: number;
  resolved: number;
  /** Went on after an error. */
  revived: number;
  /** Completed, of those that completed, failed, or were cancelled without having failed. */
  completionRate: number | null;
  /** Failed, of the same. */
  errorRate: number | null;
  /** From their start until they were complete or in error. */
  duration: Distribution;
  /** From their creation, or `run_at`, until they started. */
  wait: Distribution;
}

/** What attempts that ended came to, and what steps did. */
export interface StepFigures {
  /** How many ended: the sum of the outcomes, but for those refused, which stand beside another. */
  attempts: number;
  succeeded: number;
  failed: number;
  timedOut: number;
  workerLost: number;
  /** Given back unfinished by a worker that drained, or before an open circuit. */
  released: number;
  /** Taken away by an operator, or by the end of their task. */
  cancelled: number;
  /** Results that came after their attempt had ended. */
  refused: number;
  /** Succeeded, of those that succeeded, failed, timed out or lost their worker; null where there are none. */
  successRate: number | null;
  /** The others of these. */
  errorRate: number | null;
  /** Of the same, those that followed a failed attempt of their step. */
  retries: number;
  retriesSucceeded: number;
  retrySuccessRate: number | null;
  completedSteps: number;
  failedSteps: number;
  skippedSteps: number;
  cancelledSteps: number;
  resolvedSteps: number;
  /** Of attempts that succeeded, failed or timed out. */
  duration: Distribution;
  /** From when a step could be claimed until it was. */
  wait: Distribution;
}

/** Columns of `rollup_totals` that are added up; see `sql/functions/audit_facts.sql`. */
export const COUNTS = [
  'created',
  'begun',
  'succeeded',
  'failed',
  'timed_out',
  'worker_lost',
  'released',
  'cut_off',
  'refused',
  'retries',
  'retries_succeeded',
  'completed',
  'errored',
  'skipped',
  'cancelled',
  'abandoned',
  'resolved',
  'revived',
  'duration_n',
  'duration_sum',
  'wait_n',
  'wait_sum',
] as const;

type Measure = 'duration' | 'wait';
type Extreme = `${Measure}_${'min' | 'max' | 'p50' | 'p95' | 'p99'}`;
/** What `rollup_totals` and the histograms come to. Times are in microseconds. */
export type Totals = Record<(typeof COUNTS)[number], number> & Record<Extreme, number | null>;

const MICROS = 1_000_000;

export function taskFigures(totals: Totals): TaskFigures {
  const { completed, errored, cancelled, abandoned } = totals;
  const ended = completed + errored + cancelled;
  return {
    created: totals.created,
    started: totals.begun,
    completed,
    failed: errored,
    cancelled: cancelled + abandoned,
    resolved: totals.resolved,
    revived: totals.revived,
    completionRate: share(completed, ended),
    errorRate: share(errored, ended),
    duration: distribution(totals, 'duration'),
    wait: distribution(totals, 'wait'),
  };
}

export function stepFigures(totals: Totals): StepFigures {
  const { succeeded, failed, timed_out: timedOut, worker_lost: workerLost, released, cut_off: cancelled } = totals;
  const judged = succeeded + failed + timedOut + workerLost;
  return {
    attempts: judged + released + cancelled,
    ...{ succeeded, failed, timedOut, workerLost, released, cancelled },
    refused: totals.refused,
    successRate: share(succeeded, judged),
    errorRate: share(judged - succeeded, judged),
    retries: totals.retries,
    retriesSucceeded: totals.retries_succeeded,
    retrySuccessRate: share(totals.retries_succeeded, totals.retries),
    completedSteps: totals.completed,
    failedSteps: totals.errored,
    skippedSteps: totals.skipped,
    cancelledSteps: totals.cancelled,
    resolvedSteps: totals.resolved,
    duration: distribution(totals, 'duration'),
    wait: distribution(totals, 'wait'),
  };
}

const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

function distribution(totals: Totals, measure: Measure): Distribution {
  const count = totals[`${measure}_n`];
  const sum = totals[`${measure}_sum`] / MICROS;
  const [min, max] = [totals[`${measure}_min`], totals[`${measure}_max`]];
  // what stands for a bucket may lie beyond all that is in it
  const rank = (percentile: number | null): number | null =>
    seconds(percentile === null ? null : Math.min(max!, Math.max(min!, percentile)));
  return {
    count,
    sum,
    mean: count === 0 ? null : sum / count,
    min: seconds(min),
    max: seconds(max),
    p50: rank(totals[`${measure}_p50`]),
    p95: rank(totals[`${measure}_p95`]),
    p99: rank(totals[`${measure}_p99`]),
  };
}

const seconds = (micros: number | null): number | null => (micros === null ? null : Math.round(micros) / MICROS);

/** Of nothing at all. */
export const NO_TOTALS: Totals = {
  ...(Object.fromEntries(COUNTS.map((column) => [column, 0])) as Record<(typeof COUNTS)[number], number>),
  ...{ duration_min: null, duration_max: null, duration_p50: null, duration_p95: null, duration_p99: null },
  ...{ wait_min: null, wait_max: null, wait_p50: null, wait_p95: null, wait_p99: null },
};
