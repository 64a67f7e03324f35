import type { StepFailure } from '../core/failure.js';
import type { Json, JsonObject } from '../core/json.js';
import type { AttemptOutcome, ExecutionStatus, StepState, TaskState } from '../core/states.js';
import type { DependencyAnalysisView } from './dependency-view.js';
import type { WaitingView } from './explanation/reason.js';

/** A task as it is answered; HTTP answers the same with snake_case names. */
export interface TaskView {
  taskId: string;
  namespace: string;
  name: string;
  version: string;
  /** `namespace.name@version` */
  fullName: string;
  status: TaskState;
  executionStatus: ExecutionStatus;
  /** Share of the steps that are satisfied or cancelled, 0 to 100, with two decimals. */
  completionPercentage: number;
  /** How many steps are in each state; states that no step is in are left out. */
  stepCounts: Partial<Record<StepState, number>>;
  context: JsonObject;
  /** What its task handler said of it once it had settled; null for nothing. */
  annotations: JsonObject | null;
  initiator: string;
  reason: string;
  sourceSystem: string;
  tags: string[];
  /** −100 to 100, higher first. */
  priority: number;
  correlationId: string;
  idempotencyKey: string | null;
  runAt: Date | null;
  /** Since when nothing more of it starts; null where it is not paused. */
  pausedAt: Date | null;
  createdAt: Date;
  startedAt: Date | null;
  /** When it came to rest, in `error` too. */
  completedAt: Date | null;
  /** Fields of the context, of inputs, results and errors, at any depth, whose values HTTP answers hide. */
  maskedFields: readonly string[];
  /** With `include: ['steps']`, in the template's order. */
  steps?: StepView[];
  /** With `include: ['dependencies']`. */
  dependencyAnalysis?: DependencyAnalysisView;
  /** With `include: ['transitions']`. */
  transitions?: TransitionView[];
}

export interface StepView {
  stepId: string;
  taskId: string;
  name: string;
  status: StepState;
  /** Attempts so far, the running one included. */
  attempts: number;
  /** Attempts in all that it may have, the first included. */
  retryLimit: number;
  retryable: boolean;
  /** Names of its parents. */
  dependsOn: string[];
  /** Names of the steps that depend on it. */
  dependents: string[];
  dependentSystem: string | null;
  /** What its handler is given beside the task's context: the template's, `${NAME}` in place, or what an operator gave. */
  inputs: JsonObject;
  results: Json;
  /** What the last attempt failed with; null once a later one succeeded. */
  error: StepFailure | null;
  /** When the next attempt may start; null where none is waited for. */
  nextRetryAt: Date | null;
  startedAt: Date | null;
  completedAt: Date | null;
  /** Name of the worker of the last attempt. */
  worker: string | null;
  /**
   * The first thing that keeps it from starting; `TaskerClient.explain` says all. Null for one that runs, has finished, or
   * may be taken by a worker at any moment.
   */
  waitingFor: WaitingView | null;
  /** As of its task. */
  maskedFields: readonly string[];
  /** With `include: ['attempts']`, oldest first. */
  attemptHistory?: AttemptView[];
}

export interface AttemptView {
  attempt: number;
  /** Null while it runs. */
  outcome: AttemptOutcome | null;
  startedAt: Date | null;
  completedAt: Date | null;
  worker: string | null;
  /** Of an attempt that succeeded, or whose result was refused. */
  results?: Json;
  error?: StepFailure;
}

/** One move of the task (step null) or of one of its steps, or what an operator did to it. */
export interface TransitionView {
  /** Name of the step; null where the task itself moved. */
  step: string | null;
  attempt: number | null;
  from: TaskState | StepState | null;
  /** Null where nothing moved: a refused result, a pause, other values. */
  to: TaskState | StepState | null;
  cause: string;
  at: Date;
  worker: string | null;
  /** The operator, where one acted. */
  actor: string | null;
  reason: string | null;
}
