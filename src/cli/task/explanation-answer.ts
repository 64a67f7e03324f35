import type { ExecutionStatus, Json, Mover, ReasonKind, RemedyAction, StepState, TaskState } from '../../index.js';

/** Why a task is where it is, as the server answers it; times are ISO 8601. */
export interface ExplanationAnswer {
  task_id: string;
  full_name: string;
  status: TaskState;
  execution_status: ExecutionStatus;
  at: string;
  summary: string;
  reasons: CauseAnswer[];
  what_moves_it: RemedyAnswer[];
  steps: StepExplanationAnswer[];
  steps_left_out: number;
}

export interface ReasonAnswer {
  kind: ReasonKind;
  moved_by: Mover;
  detail: string;
  since: string | null;
  until: string | null;
  blocked_by: { type: string; id: string | null; name: string | null }[];
}

export interface CauseAnswer extends ReasonAnswer {
  steps: string[];
  step_count: number;
  holds: number;
}

export interface RemedyAnswer {
  action: RemedyAction;
  effect: string;
  request: { method: string; path: string; body: Record<string, Json> } | null;
  command: string | null;
}

export interface StepExplanationAnswer {
  name: string;
  status: StepState;
  attempts: number;
  retry_limit: number;
  reasons: ReasonAnswer[];
  errors: {
    attempt: number;
    outcome: string;
    at: string;
    message: string;
    error_class: string;
    error_code: string | null;
  }[];
  what_moves_it: RemedyAnswer[];
}
