import type { CircuitState } from '../../core/circuit.js';
import type { StoredFailure } from '../../core/failure.js';
import type { Json, JsonObject } from '../../core/json.js';
import type { StepState, TaskState } from '../../core/states.js';
import type { Cause } from '../entities/transition.entity.js';
import type { ExplanationFacts, HandlerFacts, MoveFacts } from './explanation-facts.js';

/** A task with what is counted from its steps. */
export interface TaskRow {
  id: string;
  templateId: number;
  namespace: string;
  name: string;
  version: string;
  state: TaskState;
  context: JsonObject;
  annotations: JsonObject | null;
  initiator: string;
  reason: string;
  sourceSystem: string;
  tags: string[];
  priority: number;
  correlationId: string;
  idempotencyKey: string | null;
  runAt: Date | null;
  pausedAt: Date | null;
  /** Since when its other steps are held: one failed where that stops the task, or its time ran out. */
  stoppedAt: Date | null;
  /** When its `max_duration_seconds` end; null where it has none, or has not started. */
  deadlineAt: Date | null;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  stepCounts: Partial<Record<StepState, number>>;
  /** How many steps a worker may claim now, or could within the template's limits. */
  claimable: number;
  /** How many steps wait for their time. */
  dueLater: number;
}

export interface StepRow {
  stepNo: number;
  handlerId: number;
  attempt: number;
  /** Attempts that do not count. */
  forgiven: number;
  retryLimit: number;
  state: StepState;
  readyAt: Date | null;
  dueAt: Date | null;
  startedAt: Date | null;
  finishedAt: Date | null;
  result: Json;
  /** Given by an operator in place of the template's. */
  inputs: JsonObject | null;
  error: StoredFailure | null;
  worker: string | null;
  /** Who runs it; null where nobody does. */
  runner: StepRunner | null;
  /** Not to be started: its task is paused or stopped. */
  held: boolean;
  /** Where it waits to be admitted within its template's limits; null where it does not. */
  gate: 'task_queue' | 'task_limit' | 'template_limit' | null;
  /** The circuit that keeps it waiting; null where none does. */
  circuit: OpenCircuit | null;
}

/** The worker that has a step in hand. */
export interface StepRunner {
  name: string;
  state: 'live' | 'draining' | 'stopped' | 'lost';
  seenAt: Date;
  /** Since when its event loop does not turn. */
  blockedSince: Date | null;
}

/** A circuit that is not closed. */
export interface OpenCircuit {
  system: string;
  state: Exclude<CircuitState, 'closed'>;
  failures: number;
  /** Code, else class, of the last failure. */
  errorCode: string | null;
  /** When one step may try the system; of a circuit that is half open, since when one does. */
  probeAt: Date | null;
}

export interface TransitionRow {
  /** -1 where the task itself moved. */
  stepNo: number;
  /** The step's attempt, or the task's revision. */
  attempt: number;
  cause: Cause;
  at: Date;
  /** The same, in microseconds since 1970. */
  micros: number;
  from: TaskState | StepState | null;
  to: TaskState | StepState | null;
  worker: string | null;
  actor: string | null;
  reason: string | null;
  detail: unknown;
}

/** What is read of tasks beside their rows. */
export interface Parts {
  steps?: boolean;
  transitions?: boolean;
  /** Only this step. @default all */
  stepNo?: number;
  /** For an explanation: what else keeps its steps. */
  explanation?: Explaining;
}

export interface Explaining {
  /** Workers that have been silent for so long claim nothing. */
  silentMs: number;
  /** How far to count what comes before its steps. */
  countTo: number;
}

/** A task and its parts as they were at one moment. */
export interface TaskSnapshot {
  /** That moment, by the database's clock. */
  at: Date;
  task: TaskRow;
  steps: StepRow[];
  /** Of every step, also where only one was read; with `steps`. */
  states: StepState[];
  /** Of the unfinished ones among `steps`. */
  handlers: Map<number, HandlerFacts>;
  /** Who paused it; null where it is not paused. With `steps`. */
  paused: MoveFacts | null;
  transitions: TransitionRow[];
  /** With `explanation`. */
  facts: ExplanationFacts | null;
}

/** A snapshot as the database answers it: parts as JSON, whose times are texts. */
export type SnapshotRow = TaskRow & {
  readAt?: Date;
  steps?: InJson<StepRow>[] | null;
  states?: StepState[] | null;
  handlers?: HandlerFacts[] | null;
  paused?: MoveFacts | null;
  transitions?: InJson<TransitionRow>[] | null;
  facts?: ExplanationFacts | null;
};
type InJson<Row> = { [Key in keyof Row]: Date extends Row[Key] ? string | Exclude<Row[Key], Date> : Row[Key] };

export const readSnapshot = ({
  readAt,
  steps,
  states,
  handlers,
  paused,
  transitions,
  facts,
  ...task
}: SnapshotRow): TaskSnapshot => ({
  at: readAt ?? new Date(),
  task,
  steps: (steps ?? []).map(readStep),
  states: states ?? (steps ?? []).map(({ state }) => state),
  handlers: new Map((handlers ?? []).map((handler) => [handler.id, handler])),
  paused: paused ?? null,
  transitions: (transitions ?? []).map(readTransition),
  facts: facts ?? null,
});

const readDate = (text: string | null): Date | null => (text === null ? null : new Date(text));

const readStep = (row: InJson<StepRow>): StepRow => ({
  ...row,
  readyAt: readDate(row.readyAt),
  dueAt: readDate(row.dueAt),
  startedAt: readDate(row.startedAt),
  finishedAt: readDate(row.finishedAt),
  runner: row.runner && readRunner(row.runner as unknown as InJson<StepRunner>),
  circuit: row.circuit && { ...row.circuit, probeAt: readDate(row.circuit.probeAt as unknown as string | null) },
});

const readRunner = (row: InJson<StepRunner>): StepRunner => ({
  ...row,
  seenAt: new Date(row.seenAt),
  blockedSince: readDate(row.blockedSince),
});

const readTransition = (row: InJson<TransitionRow>): TransitionRow => ({ ...row, at: new Date(row.at) });
