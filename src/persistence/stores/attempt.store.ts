import { Injectable } from '@nestjs/common';
import type { PoolClient } from 'pg';
import { moment } from '../../core/clock.js';
import type { StoredFailure } from '../../core/failure.js';
import { Database, type Queryable } from '../database.js';
import type { Cause } from '../entities/transition.entity.js';
import {
  advanceParameters,
  readAdvance,
  readHeader,
  readMoves,
  type AdvanceRow,
  type MoveRow,
} from './advance-rows.js';
import type {
  Advance,
  AdvanceRequest,
  AttemptKey,
  EndedAttempt,
  FailedAttempt,
  Moves,
  TaskHeader,
  Telling,
} from './attempts.js';

/** Between the settlement in a handler's own transaction and its commit there is nothing but the way to the server. In milliseconds. */
const COMMITTED_WITHIN_MS = '15000';

/** Settling and claiming: every change is one of the functions in `sql/functions`, under the attempt's fence. */
@Injectable()
export class AttemptStore {
  constructor(private readonly database: Database) {}

  /** On a lane's own connection; nothing but parsing stands between it and PostgreSQL. */
  async advance(client: PoolClient, request: AdvanceRequest): Promise<Advance> {
    const { text, values } = this.advanceStatement(request);
    const asked = moment();
    const { rows } = await client.query<AdvanceRow>({ text, rowMode: 'array', values } as never);
    return readAdvance(rows, asked);
  }

  /**
   * Completes one attempt within the transaction of its handler, which holds the locks of its step and its task from here
   * on. The server ends it if it is not committed soon: where the handler's machine is gone, others wait for these locks.
   *
   * @param events - what it published
   */
  async completeWithin(
    db: Queryable,
    workerId: number,
    attempt: AttemptKey & { json: string },
    events: string | null,
  ): Promise<Advance> {
    const telling = events === null ? undefined : { events, standstills: false };
    const request = { workerId, handlerIds: [], settled: [attempt], handoff: 0, want: 0, telling };
    const { text, values } = this.advanceStatement(request);
    const setting = `set_config('idle_in_transaction_session_timeout', $${values.length + 1}, true)`;
    const bounded = `select settled.* from (select ${setting}) bound, lateral (${text}) settled`;
    return readAdvance(await this.rowsOf(db, bounded, [...values, COMMITTED_WITHIN_MS]));
  }

  /** Skips the step of an attempt that has failed for good, in the name of the worker that has it. */
  skip(workerId: number, { taskId, stepNo, attempt, cause, error }: FailedAttempt, db?: Queryable): Promise<Advance> {
    const settled = [{ taskId, stepNo, attempt, json: JSON.stringify(error) }];
    return this.settle({ workerId, handlerIds: [], settled, to: 'skipped', cause, handoff: 0, want: 0 }, db);
  }

  async fail(workerId: number, failures: readonly FailedAttempt[], telling?: Telling, db?: Queryable): Promise<Moves> {
    const items = failures.map(({ taskId, stepNo, attempt, cause, delayMs, error }) => ({
      t: taskId,
      n: stepNo,
      a: attempt,
      cause,
      delay_ms: delayMs,
      error,
    }));
    const parameters = [workerId, JSON.stringify(items)];
    const rows = telling
      ? this.database.call<MoveRow>(
          'fail_attempts_with_events',
          [...parameters, telling.events, telling.standstills],
          db,
        )
      : this.database.call<MoveRow>('fail_attempts', parameters, db);
    return readMoves(await rows);
  }

  /**
   * Keeps results that came too late in the audit.
   *
   * @param cause - what they would have been recorded as
   * @returns those of them that were indeed not accepted before
   */
  async refuse(
    workerId: number,
    results: readonly (AttemptKey & { detail: unknown })[],
    cause: Cause = 'succeeded',
  ): Promise<AttemptKey[]> {
    const details = JSON.stringify(results.map(({ detail }) => detail));
    return readKeys(
      await this.database.call<KeyRow>('refuse_results', [workerId, ...keyArrays(results), details, cause]),
    );
  }

  /** Gives attempts back: they do not count. @param reason - kept in the audit */
  async release(
    workerId: number,
    attempts: readonly AttemptKey[],
    reason: string | null = null,
  ): Promise<AttemptKey[]> {
    const parameters = [workerId, ...keyArrays(attempts), reason];
    return readKeys(await this.database.call<KeyRow>('release_attempts', parameters));
  }

  /** Gives back what the worker holds in the database without knowing it. */
  async releaseOrphans(workerId: number, known: readonly AttemptKey[]): Promise<AttemptKey[]> {
    return readKeys(await this.database.call<KeyRow>('release_orphans', [workerId, ...keyArrays(known)]));
  }

  async headers(taskIds: readonly string[], db?: Queryable): Promise<TaskHeader[]> {
    if (taskIds.length === 0) return [];
    const rows = await this.database.call<HeaderRow>('task_headers', [taskIds, [], []], db);
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
    return rows.map(({ task_id, step_no, detail }) => ({
      taskId: task_id,
      stepNo: step_no,
      json: JSON.stringify(detail),
    }));
  }

  /** What is told of attempts that were lost or timed out. */
  async ended(attempts: readonly AttemptKey[], db?: Queryable): Promise<EndedAttempt[]> {
    if (attempts.length === 0) return [];
    const rows = await this.database.call<EndedRow>('ended_attempts', keyArrays(attempts), db);
    return rows.map((row) => ({
      taskId: row.task_id,
      stepNo: row.step_no,
      attempt: row.attempt,
      correlationId: row.correlation_id,
      retryLimit: row.retry_limit,
      counted: row.counted,
      seconds: row.seconds,
      error: row.error,
    }));
  }

  /**
   * Keeps events of attempts that others have ended, in the transaction that did: their own workers left none.
   *
   * @param events - [{t, n, a, position, name, at, payload}] as JSON
   */
  async recordEventsOfEnded(events: string, db: Queryable): Promise<void> {
    await db.query(
      `insert into ${this.database.name('custom_event')} (task_id, step_no, attempt, position, name, at, payload)
       select e.t, e.n, e.a, e.position, e.name, e.at, e.payload
       from json_to_recordset($1)
         as e (t uuid, n int2, a int2, position int2, name text, at timestamptz, payload json)
       order by e.t, e.n, e.position`,
      [events],
    );
  }

  /** Those of the attempts that are not live in this worker's hands any more. */
  async stale(workerId: number, attempts: readonly AttemptKey[]): Promise<AttemptKey[]> {
    return readKeys(await this.database.call<KeyRow>('stale_attempts', [workerId, ...keyArrays(attempts)]));
  }

  private async settle(request: AdvanceRequest, db: Queryable = this.database.dataSource.manager): Promise<Advance> {
    const { text, values } = this.advanceStatement(request);
    return readAdvance(await this.rowsOf(db, text, values));
  }

  private async rowsOf(db: Queryable, text: string, values: unknown[]): Promise<AdvanceRow[]> {
    const rows = await db.query<Record<string, unknown>[]>(text, values);
    return rows.map((row) => Object.values(row) as AdvanceRow);
  }

  private advanceStatement(request: AdvanceRequest): { text: string; values: unknown[] } {
    const { telling } = request;
    const values = advanceParameters(request);
    if (!telling) return { text: this.database.statement('advance', 10), values };
    const text = this.database.statement('advance_with_events', 12);
    return { text, values: [...values, telling.events, telling.standstills] };
  }
}

interface HeaderRow {
  task_id: string;
  step_no: number;
  template_id: number;
  detail: unknown;
}

interface EndedRow extends KeyRow {
  correlation_id: string;
  retry_limit: number;
  counted: number;
  seconds: number;
  error: StoredFailure;
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
