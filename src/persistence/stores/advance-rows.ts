import { moment } from '../../core/clock.js';
import type { StoredFailure } from '../../core/failure.js';
import type { Json } from '../../core/json.js';
import type { StepState, TaskState } from '../../core/states.js';
import type {
  Advance,
  AdvanceRequest,
  ClaimedStep,
  MovedStep,
  Moves,
  SettledTask,
  StandingTask,
  TaskHeader,
} from './attempts.js';

/** A row of `advance`, as the driver reads it. */
export type AdvanceRow = [
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

const KIND = {
  counts: 1,
  handedOff: 2,
  claimed: 3,
  taskSettled: 4,
  notLive: 5,
  taskStarted: 6,
  passedOver: 7,
  leftReady: 8,
  standstill: 9,
  queued: 10,
} as const;

/** The parameters of `advance`, in one pass over the batch; the driver's own array encoding would quote and escape what needs neither. */
export function advanceParameters(request: AdvanceRequest): unknown[] {
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

/** @param asked - when it was asked for */
export function readAdvance(rows: AdvanceRow[], asked = moment()): Advance {
  const advance: Advance = {
    asked,
    accepted: 0,
    claimed: 0,
    steps: [],
    startedTasks: [],
    settledTasks: [],
    leftReady: false,
    passedOver: false,
    live: true,
    standstills: [],
    queuedTasks: [],
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
      case KIND.passedOver:
        advance.passedOver = true;
        break;
      case KIND.leftReady:
        advance.leftReady = true;
        break;
      case KIND.standstill:
        advance.standstills.push(readStandstill(row[1], row[4], row[9]!));
        break;
      case KIND.queued:
        advance.queuedTasks.push(row[1]);
    }
  }
  return advance;
}

function readClaim(row: AdvanceRow): ClaimedStep {
  const [kind, taskId, stepNo, attempt, templateId, handlerId, forgiven, retryLimit, was, detail] = row;
  const claimed = kind === KIND.claimed ? detail : null;
  return {
    taskId,
    stepNo,
    attempt,
    templateId,
    handlerId,
    forgiven,
    retryLimit,
    was: was as StepState | null,
    task: claimed && readHeader(taskId, claimed),
    previousError: claimed && (claimed[9] as StoredFailure | null),
    inputs: (claimed ? claimed[10] : detail) as Json,
    // the claim's transaction may have begun before the one that made the step ready
    waited: claimed ? Math.max(0, (claimed[11] as number | undefined) ?? 0) : 0,
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

const readStandstill = (taskId: string, templateId: number, detail: unknown[]): StandingTask => ({
  taskId,
  templateId,
  executionStatus: detail[0] as StandingTask['executionStatus'],
  correlationId: detail[1] as string,
});

/** A row of the functions that end attempts. */
export interface MoveRow {
  task_id: string;
  step_no: number | null;
  attempt: number | null;
  template_id: number;
  state: string;
  detail: unknown;
}

/** Rows of functions that end attempts: a row with a step number is a step, one without a task that settled. */
export function readMoves(rows: MoveRow[]): Moves {
  const steps: MovedStep[] = [];
  const settledTasks: SettledTask[] = [];
  const standstills: StandingTask[] = [];
  for (const { task_id, step_no, attempt, template_id, state, detail } of rows) {
    if (step_no === null) {
      settledTasks.push(readSettledTask(task_id, template_id, state as TaskState, detail as unknown[]));
    } else if (step_no === -1) {
      standstills.push(readStandstill(task_id, template_id, detail as unknown[]));
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
  return { steps, settledTasks, standstills };
}
