import { Injectable } from '@nestjs/common';
import type { StepState, TaskState } from '../../core/states.js';
import { Database } from '../database.js';

/** Who does something, and why: kept in the audit trail. */
export interface Operator {
  actor: string | null;
  reason: string | null;
}

/** What a verb has found and done. */
export interface VerbOutcome {
  /** `unchanged` where what it wants is so already. */
  outcome: 'done' | 'unchanged' | 'refused';
  /** The state that the task was in; null where there is no such task. */
  was: TaskState | null;
  state: TaskState | null;
  templateId: number;
  correlationId: string;
  startedAt: Date | null;
  /** As it was found, and so is what follows. */
  isPaused: boolean;
  hasFailures: boolean;
  /** Steps that it has changed, or that it was refused for. */
  steps: ChangedStep[];
}

export interface ChangedStep {
  stepNo: number;
  was: StepState;
  state: StepState;
  attempt: number;
  retryLimit: number;
  /** How long its last attempt ran, where the step was settled by hand. */
  seconds: number | null;
}

export interface StepPlace {
  taskId: string;
  stepNo: number;
}

/** What steps are given for their next attempts; null leaves what they have. */
export interface StepValues {
  retryLimit: number | null;
  /** As JSON. */
  inputs: string | null;
}

/** What a task is given; null leaves what it has. */
export interface TaskValues {
  tags: readonly string[] | null;
  reason: string | null;
  priority: number | null;
}

const DEADLOCK = '40P01';
const DEADLOCK_ATTEMPTS = 5;

/** What operators do: each verb is one of the functions in `sql/functions`, in a transaction of its own. */
@Injectable()
export class OperatorStore {
  constructor(private readonly database: Database) {}

  /** All failed steps of a task. */
  retryTask(taskId: string, values: StepValues, by: Operator): Promise<VerbOutcome> {
    return this.call('retry_steps', [taskId, null, ...parametersOf(values), by.actor, by.reason]);
  }

  retryStep({ taskId, stepNo }: StepPlace, values: StepValues, by: Operator): Promise<VerbOutcome> {
    return this.call('retry_steps', [taskId, stepNo, ...parametersOf(values), by.actor, by.reason]);
  }

  /** @param result - as JSON; null for none, which only a step that is complete must have */
  satisfyStep(
    { taskId, stepNo }: StepPlace,
    to: 'resolved_manually' | 'complete' | 'skipped',
    result: string | null,
    by: Operator,
  ): Promise<VerbOutcome> {
    return this.call('satisfy_step', [taskId, stepNo, to, result, by.actor, by.reason]);
  }

  /** With the steps that depend on it. */
  cancelStep({ taskId, stepNo }: StepPlace, by: Operator): Promise<VerbOutcome> {
    return this.call('cancel_step', [taskId, stepNo, by.actor, by.reason]);
  }

  updateStep({ taskId, stepNo }: StepPlace, values: StepValues, by: Operator): Promise<VerbOutcome> {
    return this.call('update_step', [taskId, stepNo, ...parametersOf(values), by.actor, by.reason]);
  }

  cancelTask(taskId: string, by: Operator): Promise<VerbOutcome> {
    return this.call('cancel_task', [taskId, by.actor, by.reason]);
  }

  resolveTask(taskId: string, by: Operator): Promise<VerbOutcome> {
    return this.call('resolve_task', [taskId, by.actor, by.reason]);
  }

  pauseTask(taskId: string, by: Operator): Promise<VerbOutcome> {
    return this.call('pause_task', [taskId, by.actor, by.reason]);
  }

  resumeTask(taskId: string, by: Operator): Promise<VerbOutcome> {
    return this.call('resume_task', [taskId, by.actor, by.reason]);
  }

  updateTask(taskId: string, { tags, reason, priority }: TaskValues, actor: string | null): Promise<VerbOutcome> {
    return this.call('update_task', [taskId, tags, reason, priority, actor]);
  }

  /** A deadlock with a worker, which changes nothing, is met by trying again. */
  private async call(name: string, parameters: unknown[]): Promise<VerbOutcome> {
    for (let attempt = 1; ; attempt++) {
      try {
        return readOutcome(await this.database.call<VerbRow>(name, parameters));
      } catch (error) {
        if ((error as { code?: unknown }).code !== DEADLOCK || attempt === DEADLOCK_ATTEMPTS) throw error;
      }
    }
  }
}

/** A row of every verb's function: a step, or the task, whose step number is null. */
interface VerbRow {
  step_no: number | null;
  was: string | null;
  state: string | null;
  attempt: number;
  retry_limit: number;
  seconds: number | null;
  /** Of the task. */
  subject:
    [id: number, correlationId: string, startedAt: string | null, isPaused: boolean, hasFailures: boolean] | null;
  outcome: VerbOutcome['outcome'];
}

function readOutcome(rows: VerbRow[]): VerbOutcome {
  const task = rows.find(({ step_no }) => step_no === null)!;
  const [templateId, correlationId, startedAt, isPaused, hasFailures] = task.subject!;
  return {
    outcome: task.outcome,
    was: task.was as TaskState | null,
    state: task.state as TaskState | null,
    templateId,
    correlationId,
    startedAt: startedAt === null ? null : new Date(startedAt),
    isPaused,
    hasFailures,
    steps: rows
      .filter((row) => row !== task)
      .map(({ step_no, was, state, attempt, retry_limit, seconds }) => ({
        stepNo: step_no!,
        was: was as StepState,
        state: state as StepState,
        attempt,
        retryLimit: retry_limit,
        seconds,
      })),
  };
}

const parametersOf = ({ retryLimit, inputs }: StepValues): unknown[] => [retryLimit, inputs];
