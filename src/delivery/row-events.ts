import { reviveFailure } from '../core/failure.js';
import type { Json, JsonObject } from '../core/json.js';
import type { TaskTemplate } from '../core/template.js';
import { customEvent } from '../events/custom-event.js';
import { stepFacts, taskFacts } from '../events/payloads.js';
import { failureFacts, type AnyEvent } from '../events/tasker-events.js';
import { TASK_ROW, type Cause } from '../persistence/entities/transition.entity.js';
import type { AuditRow } from '../persistence/stores/audit.store.js';

/** An event that a row stands for; its payload is made only if somebody wants it. */
export interface RowEvent {
  name: string;
  payload: () => AnyEvent;
}

type Move = NonNullable<AuditRow['move']>;
/** Opens a result that is stored sealed. */
type Open = (stored: Json) => Json;
/** The same for what a handler has published. */
type OpenEvent = (stored: JsonObject) => JsonObject;
type Fact = (row: AuditRow, move: Move, open: Open) => object;

/** An event, when a row stands for it, and what it says beyond whom it is about. */
interface Meaning {
  event: string;
  if?: (move: Move, row: AuditRow) => boolean;
  facts?: Fact;
}

const duration: Fact = ({ at }, { beganAt }) => ({ execution_duration: seconds(beganAt, at) });
const taskDuration: Fact = ({ at, taskStartedAt }) => ({ execution_duration: seconds(taskStartedAt, at) });
const results: Fact = (_row, { result }, open) => ({ results: open(result) });
const failure: Fact = (_row, { detail }) => (detail ? failureFacts(reviveFailure(detail)) : {});
const operator: Fact = (_row, { actor, reason }) => ({ actor, reason });
const status: Fact = (_row, { to }) => ({ status: to });
const nextRetry: Fact = (_row, { dueAt }) => ({ next_retry_at: dueAt!.toISOString() });
const failed: Fact = all(failure, duration);

const isRetried = ({ to }: Move): boolean => to === 'waiting_for_retry';
const isFailed = ({ to }: Move): boolean => to === 'error';
const isSkipped = ({ to }: Move): boolean => to === 'skipped';
const runsHandler = (_move: Move, { bypassed }: AuditRow): boolean => !bypassed;
const isAgain = (_move: Move, { retried }: AuditRow): boolean => retried;
/** Not where an operator has settled the last step of a task that had not begun. */
const isByWorker = ({ workerId }: Move): boolean => workerId !== null;
const FINALIZED: Meaning = { event: 'workflow.task_finalized', facts: status };

/** What follows from the end of an attempt that did not succeed. */
const CONSEQUENCES: Meaning[] = [
  { event: 'step.retry_scheduled', if: isRetried, facts: all(failed, nextRetry) },
  { event: 'step.failed', if: isFailed, facts: failed },
  { event: 'step.skipped', if: isSkipped, facts: failed },
];
const BEGUN: Meaning[] = [
  { event: 'step.execution_requested', if: runsHandler },
  { event: 'step.retried', if: isAgain },
  { event: 'step.started', if: runsHandler },
];

/** The one place that says which events a row of the audit stands for: of the task, by its cause. */
const OF_TASK: Partial<Record<Cause, Meaning[]>> = {
  created: [{ event: 'task.initialize_requested' }],
  started: [{ event: 'task.started', if: isByWorker }],
  succeeded: [{ event: 'task.completed', facts: taskDuration }, FINALIZED],
  failed: [{ event: 'task.failed', facts: taskDuration }, FINALIZED],
  expired: [{ event: 'task.failed', facts: taskDuration }, FINALIZED],
  cancelled: [{ event: 'task.cancelled' }, FINALIZED],
  resolved: [{ event: 'task.resolved_manually', facts: operator }, FINALIZED],
  revived: [{ event: 'task.retry_requested', facts: operator }],
  paused: [{ event: 'task.paused', facts: operator }],
  resumed: [{ event: 'task.resumed', facts: operator }],
};

/** The same of a step. */
const OF_STEP: Partial<Record<Cause, Meaning[]>> = {
  claimed: BEGUN,
  handed_off: BEGUN,
  succeeded: [{ event: 'step.completed', facts: all(duration, results) }],
  completed: [{ event: 'step.completed', facts: all(duration, results) }],
  failed: CONSEQUENCES,
  timed_out: [{ event: 'step.timed_out', facts: failed }, ...CONSEQUENCES],
  worker_lost: [{ event: 'step.worker_lost', facts: failed }, ...CONSEQUENCES],
  resolved: [{ event: 'step.resolved_manually', facts: all(operator, results) }],
  bypassed: [{ event: 'step.skipped' }],
  skipped: [{ event: 'step.skipped' }],
  cancelled: [{ event: 'step.cancelled' }],
};

/** Names of the system events that the audit knows; others are published only in the process in which they happen. */
export const AUDITED_EVENTS: ReadonlySet<string> = new Set(
  [...Object.values(OF_TASK), ...Object.values(OF_STEP)].flat().map(({ event }) => event),
);

/** The causes of rows that stand for any of these events. */
export function causesOf(events: ReadonlySet<string>): { ofTasks: Cause[]; ofSteps: Cause[] } {
  const causes = (table: Partial<Record<Cause, Meaning[]>>): Cause[] =>
    (Object.keys(table) as Cause[]).filter((cause) => table[cause]!.some(({ event }) => events.has(event)));
  return { ofTasks: causes(OF_TASK), ofSteps: causes(OF_STEP) };
}

/** The events that a row stands for, in the order in which they are published. */
export function eventsOf(row: AuditRow, template: TaskTemplate, open: Open, openEvent: OpenEvent): RowEvent[] {
  const { move, custom } = row;
  if (custom) {
    const { name, payload } = custom;
    return [{ name, payload: () => customEvent(name, row.at, stepSubject(row, template), openEvent(payload)) }];
  }
  if (!move) return [];
  const meanings = (row.stepNo === TASK_ROW ? OF_TASK : OF_STEP)[move.cause] ?? [];
  return meanings
    .filter((meaning) => meaning.if?.(move, row) ?? true)
    .map(({ event, facts }) => ({
      name: event,
      payload: () =>
        ({
          event,
          timestamp: row.at.toISOString(),
          ...(row.stepNo === TASK_ROW ? taskFacts({ ...row, template }) : stepSubject(row, template)),
          ...facts?.(row, move, open),
        }) as AnyEvent,
    }));
}

const stepSubject = (row: AuditRow, template: TaskTemplate) =>
  stepFacts({ ...row, template, retryLimit: row.retryLimit! });

function all(...facts: Fact[]): Fact {
  return (...given) => Object.assign({}, ...facts.map((fact) => fact(...given))) as object;
}

/** 0 where it never began. */
const seconds = (from: Date | null, to: Date): number => (from ? Math.max(0, to.getTime() - from.getTime()) / 1000 : 0);
