import type { ExecutionStatus, StepState, TaskState } from '../../core/states.js';
import type { AttemptOutcome } from '../../core/states.js';
import type { Reason } from './reason.js';
import type { Remedy } from './remedy.js';

/** Why a task is where it is, and what would move it. */
export interface TaskExplanation {
  taskId: string;
  fullName: string;
  status: TaskState;
  executionStatus: ExecutionStatus;
  /** The moment that all of it is of. */
  at: Date;
  /** In a sentence or two. */
  summary: string;
  /** What holds it in the end, each thing once: first what somebody has to do something about, last what time brings. */
  reasons: Cause[];
  /** For these reasons, in their order. */
  whatMovesIt: Remedy[];
  /** Of the unfinished steps: first those that hold the others. */
  steps: StepExplanation[];
  /** How many unfinished steps are left out. */
  stepsLeftOut: number;
}

/** A reason of one step or of many. */
export interface Cause extends Reason {
  /** Names of the steps that it concerns, ten at most; none where it concerns the task as a whole. */
  steps: string[];
  stepCount: number;
  /** How many other steps wait for these, directly or not. */
  holds: number;
}

export interface StepExplanation {
  stepId: string;
  name: string;
  status: StepState;
  /** So far, the running one included. */
  attempts: number;
  retryLimit: number;
  /** In the order in which they have to be solved. */
  reasons: Reason[];
  /** What its last attempts failed with, five at most, oldest first. */
  errors: AttemptError[];
  whatMovesIt: Remedy[];
}

export interface AttemptError {
  attempt: number;
  outcome: Extract<AttemptOutcome, 'failed' | 'timed_out' | 'worker_lost'>;
  at: Date;
  message: string;
  errorClass: string;
  errorCode: string | null;
  errorCategory: string | null;
}
