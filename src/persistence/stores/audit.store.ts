import { Injectable } from '@nestjs/common';
import type { StoredFailure } from '../../core/failure.js';
import type { Json, JsonObject } from '../../core/json.js';
import type { StepState, TaskState } from '../../core/states.js';
import { Database } from '../database.js';
import type { Cause } from '../entities/transition.entity.js';

/** How far the audit has been written; see `sql/functions/audit_horizon.sql`. */
export interface AuditHorizon {
  position: number;
  /**
   * Null where there is nothing beyond what was known. `run` is another where the server has lost what was not on disk;
   * `written` and `flushed` are places in its log.
   */
  inFlight: { run: string; writers: string[]; written: number; flushed: number } | null;
}

/** A row of the audit, or what a handler has published, with what is told of it. */
export interface AuditRow {
  /** Its place in the order of all rows. */
  auditNo: number;
  taskId: string;
  /** TASK_ROW where the task itself moved. */
  stepNo: number;
  /** The step's attempt, or the task's revision. */
  attempt: number;
  at: Date;
  templateId: number;
  correlationId: string;
  taskStartedAt: Date | null;
  /** Null of rows that speak of the task. */
  retryLimit: number | null;
  /** Whether the step is one that the request for the task has passed over. */
  bypassed: boolean;
  /** Whether an attempt began of a step that has failed before. */
  retried: boolean;
  /** Null where a handler published. */
  move: {
    cause: Cause;
    from: TaskState | StepState | null;
    to: TaskState | StepState | null;
    /** Of a failed attempt that another follows. */
    dueAt: Date | null;
    workerId: number | null;
    /** The operator, where one acted, and why. */
    actor: string | null;
    reason: string | null;
    detail: StoredFailure | null;
    result: Json;
    /** When the attempt that the row ends began. */
    beganAt: Date | null;
  } | null;
  /** What a handler published. */
  custom: { name: string; payload: JsonObject } | null;
}

export interface AuditPage {
  rows: AuditRow[];
  /** Everything up to this number is in `rows`. */
  upto: number;
}

/** Which rows are wanted. */
export interface AuditSelection {
  /** Of tasks, by their causes. */
  ofTasks: readonly Cause[];
  /** Of steps. */
  ofSteps: readonly Cause[];
  /** What handlers have published. */
  custom: boolean;
}

const PAGE_BYTES = 4 * 1024 * 1024;

/** Reads the audit in the order of its numbers. */
@Injectable()
export class AuditStore {
  constructor(private readonly database: Database) {}

  /** @param known - how far the caller may read already */
  async horizon(known: number): Promise<AuditHorizon> {
    const [row] = await this.database.call<HorizonRow>('audit_horizon', [known]);
    const { position, run, writers, written, flushed } = row!;
    const inFlight = writers && { run: run!, writers, written: Number(written), flushed: Number(flushed) };
    return { position: Number(position), inFlight };
  }

  /**
   * What was written after `after` and up to `upto`, which the horizon must allow; less, if it is very large.
   *
   * @param taskId - only of this task; null for all
   */
  async page(after: number, upto: number, wanted: AuditSelection, taskId: string | null): Promise<AuditPage> {
    const { ofTasks, ofSteps, custom } = wanted;
    const parameters = [taskId, after, upto, ofTasks, ofSteps, custom, PAGE_BYTES];
    const rows = await this.database.call<Row>('audit_rows', parameters);
    const last = rows.at(-1);
    return { rows: rows.map(readRow), upto: last?.cut ? Number(last.audit_no) : upto };
  }

  /** To be called now and then by who reads on. */
  async summarize(): Promise<void> {
    await this.database.call('summarize_audit', []);
  }
}

/** int8 comes as text. */
interface HorizonRow {
  position: string;
  run: string | null;
  writers: string[] | null;
  written: string | null;
  flushed: string | null;
}

interface Row {
  audit_no: string;
  task_id: string;
  step_no: number;
  attempt: number;
  cause: Cause | null;
  from_state: TaskState | StepState | null;
  to_state: TaskState | StepState | null;
  at: Date;
  due_at: Date | null;
  worker_id: number | null;
  actor: string | null;
  reason: string | null;
  detail: StoredFailure | null;
  name: string | null;
  payload: JsonObject | null;
  template_id: number;
  correlation_id: string;
  task_started_at: Date | null;
  retry_limit: number | null;
  bypassed: boolean | null;
  retried: boolean | null;
  result: Json;
  began_at: Date | null;
  cut: boolean;
}

const readRow = (row: Row): AuditRow => ({
  auditNo: Number(row.audit_no),
  taskId: row.task_id,
  stepNo: row.step_no,
  attempt: row.attempt,
  at: row.at,
  templateId: row.template_id,
  correlationId: row.correlation_id,
  taskStartedAt: row.task_started_at,
  retryLimit: row.retry_limit,
  bypassed: row.bypassed === true,
  retried: row.retried === true,
  move: row.cause && {
    cause: row.cause,
    from: row.from_state,
    to: row.to_state,
    dueAt: row.due_at,
    workerId: row.worker_id,
    actor: row.actor,
    reason: row.reason,
    detail: row.detail,
    result: row.result,
    beganAt: row.began_at,
  },
  custom: row.name === null ? null : { name: row.name, payload: row.payload! },
});
