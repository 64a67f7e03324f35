/**
 * The states of tasks and steps and the moves between them.
 * This table is the truth: the database's checks, the OpenAPI enums, the diagrams and the docs are held to it by tests.
 */
export const TASK_MOVES = {
  pending: ['in_progress', 'cancelled'],
  in_progress: ['complete', 'error', 'cancelled'],
  error: ['in_progress', 'resolved_manually', 'cancelled'],
  complete: [],
  resolved_manually: [],
  cancelled: [],
} as const satisfies Record<string, readonly string[]>;

export const STEP_MOVES = {
  pending: ['ready', 'cancelled', 'skipped'],
  ready: ['in_progress', 'cancelled', 'skipped'],
  in_progress: ['complete', 'waiting_for_retry', 'error', 'ready', 'skipped', 'cancelled'],
  waiting_for_retry: ['in_progress', 'skipped', 'cancelled'],
  error: ['ready', 'resolved_manually', 'complete', 'skipped', 'cancelled'],
  complete: [],
  resolved_manually: [],
  skipped: [],
  cancelled: [],
} as const satisfies Record<string, readonly string[]>;

export type TaskState = keyof typeof TASK_MOVES;
export type StepState = keyof typeof STEP_MOVES;

export const TASK_STATES = Object.keys(TASK_MOVES) as TaskState[];
export const STEP_STATES = Object.keys(STEP_MOVES) as StepState[];

/**
 * What an operator may do to a task, and in which states it may be. Two ask for more: `retry` of a task in progress for a
 * failed step, and `resume` for a pause.
 */
export const TASK_VERBS = {
  retry: ['in_progress', 'error'],
  resolve: ['error'],
  pause: ['pending', 'in_progress'],
  resume: ['pending', 'in_progress', 'error'],
  cancel: ['pending', 'in_progress', 'error'],
  update: ['pending', 'in_progress', 'error', 'complete', 'resolved_manually', 'cancelled'],
} as const satisfies Record<string, readonly TaskState[]>;

/** What an operator may do to a step, and in which states it may be. `complete` gives its result; `resolve` may. */
export const STEP_VERBS = {
  retry: ['waiting_for_retry', 'error'],
  resolve: ['error'],
  complete: ['in_progress', 'error'],
  skip: ['pending', 'ready', 'in_progress', 'waiting_for_retry', 'error'],
  cancel: ['pending', 'ready', 'in_progress', 'waiting_for_retry', 'error'],
  update: ['pending', 'ready', 'in_progress', 'waiting_for_retry', 'error'],
} as const satisfies Record<string, readonly StepState[]>;

export type TaskVerb = keyof typeof TASK_VERBS;
export type StepVerb = keyof typeof STEP_VERBS;

export const isTaskVerbLegal = (verb: TaskVerb, state: TaskState): boolean =>
  (TASK_VERBS[verb] as readonly TaskState[]).includes(state);

export const isStepVerbLegal = (verb: StepVerb, state: StepState): boolean =>
  (STEP_VERBS[verb] as readonly StepState[]).includes(state);

/** States that a step never leaves. */
export const FINISHED_STEP_STATES = ['complete', 'resolved_manually', 'skipped', 'cancelled'] as const;

/** States of a step that let its dependents run. */
export const SATISFYING_STEP_STATES = ['complete', 'resolved_manually', 'skipped'] as const;

/** States in which a task does nothing more of itself. */
export const SETTLED_TASK_STATES = ['complete', 'error', 'resolved_manually', 'cancelled'] as const;

/** How one attempt of a step ended. `refused` stands beside another outcome: a result that came after it. */
export const ATTEMPT_OUTCOMES = [
  'succeeded',
  'failed',
  'timed_out',
  'worker_lost',
  'released',
  'cancelled',
  'refused',
] as const;
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];

export const EXECUTION_STATUSES = [
  'has_ready_steps',
  'processing',
  'waiting_for_dependencies',
  'waiting_for_retry',
  'blocked_by_failures',
  'all_complete',
] as const;
export type ExecutionStatus = (typeof EXECUTION_STATUSES)[number];

export const canTaskMove = (from: TaskState, to: TaskState): boolean =>
  (TASK_MOVES[from] as readonly TaskState[]).includes(to);

export const canStepMove = (from: StepState, to: StepState): boolean =>
  (STEP_MOVES[from] as readonly StepState[]).includes(to);

export const isTaskSettled = (state: TaskState): boolean =>
  (SETTLED_TASK_STATES as readonly TaskState[]).includes(state);
