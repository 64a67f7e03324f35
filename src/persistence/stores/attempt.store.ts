import { Injectable } from '@nestjs/common';
import type { PoolClient } from 'pg';
import type { StoredFailure } from '../../core/failure.js';
import type { StepState, TaskState } from '../../core/states.js';
import { Database, type Queryable } from '../database.js';
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

/** Settling and claiming: every change is one of the functions in `sql/functions`, under the attempt's fence. */
@Injectable()
export class AttemptStore {
  constructor(private readonly database: Database) {}

  /** On a lane's own connection; nothing but parsing stands between it and PostgreSQL. */
  async advance(client: PoolClient, request: AdvanceRequest): Promise<Advance> {
    const { rows } = await client.query<AdvanceRow>({
      text: this.database.statement('advance', 10),
      rowMode: 'array',
      values: advanceParameters(request),
    } as never);
    return readAdvance(rows);
  }

  /** Completes one attempt within the transaction of its handler. */
  async completeWithin(db: Queryable, workerId: number, attempt: AttemptKey & { json: string }): Promise<Advance> {
    const request = { workerId, handlerIds: [], settled: [attempt], handoff: 0, want: 0 };
    const rows = (await db.query(this.database.statement('advance', 10), advanceParameters(request))) as Record<
      string,
      unknown
    >[];
    return readAdvance(rows.map((row) => Object.values(row) as AdvanceRow));
  }

  async fail(
    workerId: number,
    failures: readonly FailedAttempt[],
  ): Promise<{ steps: MovedStep[]; settledTasks: SettledTask[] }> {
    const items = failures.map(({ taskId, stepNo, attempt, cause, delayMs, error }) => ({
      t: taskId,
      n: stepNo,
      a: attempt,
      cause,
      delay_ms: delayMs,
      error,
    }));
    return readMoves(await this.database.call<MoveRow>('fail_attempts', [workerId, JSON.stringify(items)]));
  }

  /** Keeps results that came too late in the audit. @returns those of them that were indeed not accepted before */
  async refuse(workerId: number, results: readonly (AttemptKey & { detail: unknown })[]): Promise<AttemptKey[]> {
    const items = results.map(({ taskId, stepNo, attempt, detail }) => ({ t: taskId, n: stepNo, a: attempt, detail }));
    return readKeys(await this.database.call<KeyRow>('refuse_results', [workerId, JSON.stringify(items)]));
  }

  async release(workerId: number, attempts: readonly AttemptKey[]): Promise<AttemptKey[]> {
    return readKeys(await this.database.call<KeyRow>('release_attempts', [workerId, ...keyArrays(attempts)]));
  }

  /** Gives back what the worker holds in the database without knowing it. */
  async releaseOrphans(workerId: number, known: readonly AttemptKey[]): Promise<AttemptKey[]> {
    return readKeys(await this.database.call<KeyRow>('release_orphans', [workerId, ...keyArrays(known)]));
  }

  async headers(taskIds: readonly string[]): Promise<TaskHeader[]> {
    if (taskIds.length === 0) return [];
    const rows = await this.database.call<HeaderRow>('task_headers', [taskIds, [], []]);
    return rows.map(({ task_id, detail }) => readHeader(task_id, detail as unknown[]));
  }

  /** Results of finished steps, as JSON. */
  async results(
    steps: readonly { taskId: string; stepNo: number }[],
  ): Promise<{ taskId: string; stepNo: number; json: string }[]> {
    if (steps.length === 0) return [];
    const rows = await this.database.call<HeaderRow>('task_headers', [
      [],
      steps.map(({ taskId }) => taskId),
      steps.map(({ stepNo }) => stepNo),
    ]);
    return rows.map(({ task_id, step_no, detail }) => ({ taskId: task_id, stepNo: step_no, json: JSON.stringify(detail) }));
  }

  /** Those of the attempts that are not live in this worker's hands any more. */
  async stale(workerId: number, attempts: readonly AttemptKey[]): Promise<AttemptKey[]> {
    return readKeys(await this.database.call<KeyRow>('stale_attempts', [workerId, ...keyArrays(attempts)]));
  }
}

interface HeaderRow {
  task_id: string;
  step_no: number;
  template_id: number;
  detail: unknown;
}

type AdvanceRow = [
  kind: number,
  taskId: string,
  stepNo: number,
  attempt: number,
  templateId: number,
  handlerId: number,
  forgiven: number,
  retryLimit: number,
  state: string | null,
  detail: unknown[] | null,
];

const KIND = { counts: 1, handedOff: 2, claimed: 3, taskSettled: 4, notLive: 5, taskStarted: 6, leftReady: 8 } as const;

/** One pass over the batch; the driver's own array encoding would quote and escape what needs neither. */
function advanceParameters(request: AdvanceRequest): unknown[] {
  let tasks = '{';
  let steps = '{';
  let attempts = '{';
  let results = '[';
  let comma = '';
  for (const { taskId, stepNo, attempt, json } of request.settled) {
    tasks += comma + taskId;
    steps += comma + stepNo;
    attempts += comma + attempt;
    results += comma + json;
    comma = ',';
  }
  return [
    request.workerId,
    `{${request.handlerIds.join(',')}}`,
    `${tasks}}`,
    `${steps}}`,
    `${attempts}}`,
    `${results}]`,
    request.to ?? 'complete',
    request.cause ?? 'succeeded',
    request.handoff,
    request.want,
  ];
}

function readAdvance(rows: AdvanceRow[]): Advance {
  const advance: Advance = {
    accepted: 0,
    claimed: 0,
    steps: [],
    startedTasks: [],
    settledTasks: [],
    leftReady: false,
    live: true,
  };
  for (const row of rows) {
    switch (row[0]) {
      case KIND.counts:
        [, , advance.claimed, advance.accepted] = row;
        break;
      case KIND.handedOff:
      case KIND.claimed:
        advance.steps.push(readClaim(row));
        break;
      case KIND.taskSettled:
        advance.settledTasks.push(readSettledTask(row[1], row[4], row[8] as TaskState, row[9]!));
        break;
      case KIND.notLive:
        advance.live = false;
        break;
      case KIND.taskStarted:
        advance.startedTasks.push(row[1]);
        break;
      case KIND.leftReady:
        advance.leftReady = true;
    }
  }
  return advance;
}

function readClaim(row: AdvanceRow): ClaimedStep {
  const [, taskId, stepNo, attempt, templateId, handlerId, forgiven, retryLimit, was, detail] = row;
  return {
    taskId,
    stepNo,
    attempt,
    templateId,
    handlerId,
    forgiven,
    retryLimit,
    was: was as StepState | null,
    task: detail && readHeader(taskId, detail),
    previousError: detail && (detail[9] as StoredFailure | null),
  };
}

/** The columns in the order in which `advance` and `task_headers` give them. */
export function readHeader(taskId: string, detail: unknown[]): TaskHeader {
  return {
    taskId,
    context: detail[0] as Record<string, unknown>,
    correlationId: detail[1] as string,
    traceparent: detail[2] as string | null,
    initiator: detail[3] as string,
    reason: detail[4] as string,
    sourceSystem: detail[5] as string,
    tags: detail[6] as string[],
    priority: detail[7] as number,
    createdAt: new Date(detail[8] as string),
  };
}

function readSettledTask(taskId: string, templateId: number, state: TaskState, detail: unknown[]): SettledTask {
  return {
    taskId,
    templateId,
    state,
    awaited: detail[0] as boolean,
    correlationId: detail[1] as string,
    createdAt: new Date(detail[2] as string),
    startedAt: detail[3] === null ? null : new Date(detail[3] as string),
  };
}

export interface MoveRow {
  task_id: string;
  step_no: number | null;
  attempt: number | null;
  template_id: number;
  state: string;
  detail: unknown;
}

/** Rows of functions that end attempts: a row with a step number is a step, one without a task that settled. */
export function readMoves(rows: MoveRow[]): { steps: MovedStep[]; settledTasks: SettledTask[] } {
  const steps: MovedStep[] = [];
  const settledTasks: SettledTask[] = [];
  for (const { task_id, step_no, attempt, template_id, state, detail } of rows) {
    if (step_no === null) {
      settledTasks.push(readSettledTask(task_id, template_id, state as TaskState, detail as unknown[]));
    } else {
      steps.push({
        taskId: task_id,
        stepNo: step_no,
        attempt: attempt!,
        templateId: template_id,
        state: state as StepState,
        dueAt: typeof detail === 'string' ? new Date(detail) : null,
      });
    }
  }
  return { steps, settledTasks };
}

interface KeyRow {
  task_id: string;
  step_no: number;
  attempt: number;
}

const readKeys = (rows: KeyRow[]): AttemptKey[] =>
  rows.map(({ task_id, step_no, attempt }) => ({ taskId: task_id, stepNo: step_no, attempt }));

const keyArrays = (attempts: readonly AttemptKey[]): unknown[] => [
  attempts.map(({ taskId }) => taskId),
  attempts.map(({ stepNo }) => stepNo),
  attempts.map(({ attempt }) => attempt),
];
