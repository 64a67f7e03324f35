import type {
  AttemptOutcome,
  ExecutionStatus,
  Json,
  JsonObject,
  ReasonKind,
  StepState,
  TaskState,
} from '../../index.js';

/** A task as the server answers it; times are ISO 8601. */
export interface TaskAnswer {
  task_id: string;
  full_name: string;
  status: TaskState;
  execution_status: ExecutionStatus;
  completion_percentage: number;
  step_counts: Partial<Record<StepState, number>>;
  context: JsonObject;
  initiator: string;
  reason: string;
  source_system: string;
  tags: string[];
  priority: number;
  correlation_id: string;
  run_at: string | null;
  paused_at: string | null;
  created_at: string;
  started_at: string | null;
  /** When it came to rest, in `error` too. */
  completed_at: string | null;
  steps?: StepAnswer[];
  transitions?: TransitionAnswer[];
}

export interface StepAnswer {
  name: string;
  status: StepState;
  attempts: number;
  retry_limit: number;
  depends_on: string[];
  results: Json;
  error: FailureAnswer | null;
  next_retry_at: string | null;
  started_at: string | null;
  completed_at: string | null;
  worker: string | null;
  /** The first thing that keeps it from starting. */
  waiting_for: { kind: ReasonKind; detail: string; until: string | null } | null;
  attempt_history?: AttemptAnswer[];
}

export interface AttemptAnswer {
  attempt: number;
  outcome: AttemptOutcome | null;
  started_at: string | null;
  completed_at: string | null;
  worker: string | null;
  error?: FailureAnswer;
}

export interface FailureAnswer {
  message: string;
  error_class: string;
  error_code: string | null;
}

export interface TransitionAnswer {
  /** Null where the task itself moved. */
  step: string | null;
  attempt: number | null;
  from: string | null;
  to: string | null;
  cause: string;
  at: string;
  worker: string | null;
  actor: string | null;
  reason: string | null;
}

export interface TaskPageAnswer {
  tasks: TaskAnswer[];
  next_cursor: string | null;
}

export interface DiagramAnswer {
  nodes: { name: string; level: number }[];
}

/** The answer for one of many tasks. */
export interface ActedAnswer {
  task_id: string;
  task?: TaskAnswer;
  error?: ProblemAnswer;
}

/** What the server answers where it refuses (RFC 9457). */
export interface ProblemAnswer {
  status: number;
  detail: string;
  errors?: { path: string; message: string }[];
  correlation_id?: string;
}
