import type { Row } from './sql-engine.js';

/** A row of the audit with the names of what it is about; times in microseconds. */
export interface AuditFact {
  taskId: string;
  stepNo: number;
  attempt: number;
  cause: string;
  from: string | null;
  to: string | null;
  at: number;
  dueAt: number | null;
  runAt: number | null;
  auditNo: number;
  place: string;
  error: { error_class?: string; error_code?: string | null; error_category?: string | null } | null;
}

/** What is counted, by name, and every duration and wait. */
export class Tally {
  readonly counts = new Map<string, number>();
  readonly durations: number[] = [];
  readonly waits: number[] = [];

  add(name: string): void {
    this.counts.set(name, this.of(name) + 1);
  }

  of(name: string): number {
    return this.counts.get(name) ?? 0;
  }
}

/** The moment of something that counts, where it happened, and what is done to the tally of that place. */
interface Happening {
  at: number;
  place: string;
  isTask: boolean;
  note: (tally: Tally) => void;
  error?: string;
}

/**
 * Slow and plain: walks the whole audit task by task and step by step, as a person would read it. Shares nothing with what it is
 * held against.
 */
export function happenings(rows: readonly AuditFact[]): Happening[] {
  const chains = new Map<string, AuditFact[]>();
  for (const row of [...rows].sort((a, b) => a.auditNo - b.auditNo)) {
    const key = `${row.taskId} ${row.stepNo}`;
    chains.set(key, [...(chains.get(key) ?? []), row]);
  }
  return [...chains.values()].flatMap((chain) => (chain[0]!.stepNo < 0 ? taskStory(chain) : stepStory(chain)));
}

function taskStory(chain: AuditFact[]): Happening[] {
  const told: Happening[] = [];
  let [createdAt, startedAt]: [number, number | null] = [chain[0]!.at, null];
  for (const row of chain) {
    const say = (note: Happening['note'], error?: string): void =>
      void told.push({ at: row.at, place: row.place, isTask: true, note, ...(error === undefined ? {} : { error }) });
    if (row.cause === 'created') {
      createdAt = row.at;
      say((tally) => tally.add('created'));
    }
    if (row.cause === 'started') {
      startedAt = row.at;
      const wait = row.at - Math.max(createdAt, row.runAt ?? 0);
      say((tally) => (tally.add('started'), tally.waits.push(Math.max(0, wait))));
    }
    if (row.cause === 'revived') say((tally) => tally.add('revived'));
    if (row.to === 'complete' || row.to === 'error') {
      const name = row.to === 'complete' ? 'completed' : 'failed';
      const began = startedAt;
      say(
        (tally) => {
          tally.add(name);
          if (began !== null) tally.durations.push(Math.max(0, row.at - began));
        },
        row.cause === 'expired' ? patternOf(row) : undefined,
      );
    }
    if (row.to === 'cancelled') {
      say((tally) => (tally.add('cancelled'), row.from !== 'error' && tally.add('withdrawn')));
    }
    if (row.to === 'resolved_manually') say((tally) => tally.add('resolved'));
  }
  return told;
}

const ENDS: Record<string, string> = {
  succeeded: 'succeeded',
  failed: 'failed',
  timed_out: 'timedOut',
  worker_lost: 'workerLost',
  released: 'released',
};
const FINALS: Record<string, string> = {
  complete: 'completedSteps',
  error: 'failedSteps',
  skipped: 'skippedSteps',
  cancelled: 'cancelledSteps',
  resolved_manually: 'resolvedSteps',
};

function stepStory(chain: AuditFact[]): Happening[] {
  const told: Happening[] = [];
  let readyAt: number | null = null;
  let hasFailed = false;
  let running: { at: number; wait: number | null } | null = null;
  for (const row of chain) {
    const say = (note: Happening['note'], error?: string): void =>
      void told.push({ at: row.at, place: row.place, isTask: false, note, ...(error === undefined ? {} : { error }) });
    if (row.cause === 'refused') {
      say((tally) => tally.add('refused'));
      continue;
    }
    if (row.cause === 'handed_off') running = { at: row.at, wait: 0 };
    if (row.cause === 'claimed') {
      const since = Math.max(readyAt ?? Number.NaN, row.runAt ?? 0);
      running = { at: row.at, wait: Number.isNaN(since) ? null : Math.max(0, row.at - since) };
    }
    if (row.from === 'in_progress' && row.cause !== 'bypassed') {
      const { at, wait } = running!;
      const outcome = ENDS[row.cause] ?? 'cancelled';
      const isRetry = hasFailed && outcome !== 'released' && outcome !== 'cancelled';
      const isError = ['failed', 'timedOut', 'workerLost'].includes(outcome);
      say(
        (tally) => {
          tally.add(outcome);
          if (isRetry) tally.add('retries');
          if (isRetry && outcome === 'succeeded') tally.add('retriesSucceeded');
          if (['succeeded', 'failed', 'timedOut'].includes(outcome)) tally.durations.push(Math.max(0, row.at - at));
          if (wait !== null) tally.waits.push(wait);
        },
        isError ? patternOf(row) : undefined,
      );
      hasFailed ||= isError;
      running = null;
    }
    const final = row.to === null ? undefined : FINALS[row.to];
    if (final !== undefined) say((tally) => tally.add(final));
    if (row.cause === 'retried') readyAt = row.at;
    else if (row.to === 'ready' || row.to === 'waiting_for_retry') readyAt = row.dueAt ?? row.at;
  }
  return told;
}

const patternOf = ({ error }: AuditFact): string =>
  [error?.error_category ?? '', error?.error_class ?? '', error?.error_code ?? ''].join('|');

/** Nearest rank. */
export function percentileOf(values: readonly number[], percent: number): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil((percent / 100) * sorted.length) - 1]!;
}

/** The whole audit; `run_at` is the task's. */
export const AUDIT_SQL = `
  select x.task_id, x.step_no, x.attempt, x.cause, x.from_state, x.to_state, x.audit_no::int8,
         (extract(epoch from x.at) * 1000000)::int8 as at, (extract(epoch from x.due_at) * 1000000)::int8 as due_at,
         (extract(epoch from t.run_at) * 1000000)::int8 as run_at, x.detail,
         p.namespace || '.' || p.name || '@' || p.version || coalesce(' ' || s.name, '') as place
  from transition x join task t on t.id = x.task_id join template p on p.id = t.template_id
  left join template_step s on s.template_id = p.id and s.step_no = x.step_no`;

export const readFact = (row: Row): AuditFact => ({
  taskId: row.task_id,
  stepNo: row.step_no,
  attempt: row.attempt,
  cause: row.cause,
  from: row.from_state,
  to: row.to_state,
  at: Number(row.at),
  dueAt: row.due_at === null ? null : Number(row.due_at),
  runAt: row.run_at === null ? null : Number(row.run_at),
  auditNo: Number(row.audit_no),
  place: row.place,
  error: row.detail,
});
