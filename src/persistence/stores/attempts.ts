import type { StoredFailure } from '../../core/failure.js';
import type { StepState, TaskState } from '../../core/states.js';
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
}

/** What one call of `advance` did. */
export interface Advance {
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

/** An attempt that was lost or timed out, as the audit has it. */
export interface EndedAttempt extends AttemptKey {
  correlationId: string;
  retryLimit: number;
  /** How long it ran. */
  seconds: number;
  error: StoredFailure;
}
