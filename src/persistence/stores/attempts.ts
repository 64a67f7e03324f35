import type { Moment } from '../../core/clock.js';
import type { StoredFailure } from '../../core/failure.js';
import type { Json } from '../../core/json.js';
import type { StepState, TaskState } from '../../core/states.js';
import type { Standstill } from '../../events/tasker-events.js';
import type { TaskTrace } from '../../telemetry/task-trace.js';
import type { Cause } from '../entities/transition.entity.js';

/** The live attempt of a step, as the fence knows it. */
export interface AttemptKey {
  taskId: string;
  stepNo: number;
  attempt: number;
}

/** An attempt that this worker has to run. */
export interface ClaimedStep extends AttemptKey {
  templateId: number;
  handlerId: number;
  /** Attempts so far that do not count against the limit. */
  forgiven: number;
  retryLimit: number;
  /** The state it was claimed from; null if it was handed off. */
  was: StepState | null;
  /** Comes with a claim, not with a hand-off: whoever is handed a step has run one of its task. */
  task: TaskHeader | null;
  previousError: StoredFailure | null;
  /** Given by an operator in place of the template's, as the database holds them. */
  inputs: Json;
  /** Seconds from the moment on that a worker might take it; 0 if it was handed off. */
  waited: number;
}

export interface TaskHeader {
  taskId: string;
  context: Record<string, unknown>;
  correlationId: string;
  traceparent: string | null;
  initiator: string;
  reason: string;
  sourceSystem: string;
  tags: string[];
  priority: number;
  createdAt: Date;
}

export interface SettledTask {
  taskId: string;
  templateId: number;
  state: TaskState;
  /** Somebody in another process waits for it. */
  awaited: boolean;
  correlationId: string;
  createdAt: Date;
  startedAt: Date | null;
  /** Where this process traces, and knows it. */
  trace?: TaskTrace;
}

/** What one call of `advance` did. */
export interface Advance {
  /** When it was asked for: what it says was true at that moment. */
  asked: Moment;
  accepted: number;
  claimed: number;
  steps: ClaimedStep[];
  startedTasks: string[];
  settledTasks: SettledTask[];
  /** Steps are ready that were not handed back. */
  leftReady: boolean;
  /** The claim came short because others were claiming at the same moment. */
  passedOver: boolean;
  /** False once the worker was declared lost: it gets no more steps. */
  live: boolean;
  /** Tasks that can do nothing until something happens; only where they were asked for. */
  standstills: StandingTask[];
  /** Tasks with steps that have come due and wait to be admitted. */
  queuedTasks: string[];
}

/** A task in progress none of whose steps can run now. */
export interface StandingTask {
  taskId: string;
  templateId: number;
  executionStatus: Standstill;
  correlationId: string;
}

/** What is written and asked beside an outcome, where there is anything. */
export interface Telling {
  /** What handlers have published, as `record_events` takes it; null for nothing. */
  events: string | null;
  /** Whether to look for tasks that come to a standstill. */
  standstills: boolean;
}

export interface AdvanceRequest {
  workerId: number;
  handlerIds: readonly number[];
  settled: readonly (AttemptKey & { json: string })[];
  /** What the settled attempts become. @default 'complete' */
  to?: 'complete' | 'skipped';
  cause?: Cause;
  handoff: number;
  want: number;
  telling?: Telling;
}

export interface FailedAttempt extends AttemptKey {
  cause: 'failed' | 'timed_out';
  /** Null: no further attempt. */
  delayMs: number | null;
  error: StoredFailure;
}

/** A step that an attempt's end has moved. */
export interface MovedStep extends AttemptKey {
  templateId: number;
  state: StepState;
  dueAt: Date | null;
}

/** What functions that end attempts have moved. */
export interface Moves {
  steps: MovedStep[];
  settledTasks: SettledTask[];
  /** Tasks that can do nothing until something happens; only where they were asked for. */
  standstills: StandingTask[];
}

/** An attempt that was lost or timed out, as the audit has it. */
export interface EndedAttempt extends AttemptKey {
  correlationId: string;
  retryLimit: number;
  /** Attempts that count against the limit, this one included. */
  counted: number;
  /** How long it ran. */
  seconds: number;
  error: StoredFailure;
}
