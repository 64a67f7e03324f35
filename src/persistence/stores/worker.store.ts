import { Injectable } from '@nestjs/common';
import type { StoredFailure } from '../../core/failure.js';
import { Database, type Queryable } from '../database.js';
import { readMoves, type MoveRow } from './advance-rows.js';
import type { AttemptKey, MovedStep, SettledTask } from './attempts.js';

export interface Rescue {
  lostWorkers: number[];
  steps: (MovedStep & { workerId: number })[];
  settledTasks: SettledTask[];
}

export interface OverdueAttempt extends AttemptKey {
  workerId: number;
  templateId: number;
  forgiven: number;
  retryLimit: number;
}

/** Workers, and what is done about those that have died or hang. */
@Injectable()
export class WorkerStore {
  constructor(private readonly database: Database) {}

  /** @param handlers - those whose steps it claims */
  async register(name: string, host: string, pid: number, slots: number, handlers: readonly number[]): Promise<number> {
    const parameters = [name, host, pid, slots, handlers];
    const [row] = await this.database.call<{ register_worker: number }>('register_worker', parameters);
    return row!.register_worker;
  }

  /** It claims the steps of these handlers from now on. */
  async declareHandlers(workerId: number, handlers: readonly number[]): Promise<void> {
    await this.database.call('declare_handlers', [workerId, handlers]);
  }

  async retire(workerId: number, state: 'draining' | 'stopped'): Promise<void> {
    await this.database.call('retire_worker', [workerId, state]);
  }

  /** What is known of some workers. */
  async find(workerIds: readonly number[]): Promise<{ id: number; name: string; host: string; pid: number }[]> {
    return this.database.dataSource.query(
      `select w.id, w.name, w.host, w.pid from ${this.database.name('worker')} w where w.id = any ($1) order by w.id`,
      [workerIds],
    );
  }

  /** Gives the steps of workers that were silent for this long to others. One statement, whatever there is to do. */
  async rescue(silentMs: number, maxLosses: number, db?: Queryable): Promise<Rescue> {
    const rows = await this.database.call<MoveRow & { worker_id: number | null }>(
      'rescue_workers',
      [silentMs, maxLosses, 'The worker that ran this attempt died, or could not be reached.'],
      db,
    );
    const stepWorkers = rows.filter(({ step_no }) => step_no !== null).map(({ worker_id }) => worker_id!);
    const { steps, settledTasks } = readMoves(rows.filter(({ task_id }) => task_id !== null));
    return {
      lostWorkers: rows.filter(({ task_id }) => task_id === null).map(({ worker_id }) => worker_id!),
      steps: steps.map((step, index) => ({ ...step, workerId: stepWorkers[index]! })),
      settledTasks,
    };
  }

  /** Attempts past their timeout in workers that are alive but whose event loop does not turn. */
  async overdue(graceMs: number): Promise<OverdueAttempt[]> {
    const rows = await this.database.call<{
      worker_id: number;
      task_id: string;
      step_no: number;
      attempt: number;
      template_id: number;
      forgiven: number;
      retry_limit: number;
    }>('overdue_attempts', [graceMs]);
    return rows.map((row) => ({
      workerId: row.worker_id,
      taskId: row.task_id,
      stepNo: row.step_no,
      attempt: row.attempt,
      templateId: row.template_id,
      forgiven: row.forgiven,
      retryLimit: row.retry_limit,
    }));
  }

  /** Ends tasks that are past their `max_duration_seconds`. */
  async expireTasks(
    error: StoredFailure,
    db?: Queryable,
  ): Promise<{ steps: MovedStep[]; settledTasks: SettledTask[] }> {
    return readMoves(await this.database.call<MoveRow>('expire_tasks', [JSON.stringify(error)], db));
  }

  /** Settles tasks that a failed step and the last moving one left to each other, in transactions that did not see each other. */
  async settleStalled(): Promise<SettledTask[]> {
    const rows = await this.database.call<Omit<MoveRow, 'step_no' | 'attempt'>>('settle_stalled_tasks', []);
    return readMoves(rows.map((row) => ({ ...row, step_no: null, attempt: null }))).settledTasks;
  }

  async createPartitions(): Promise<void> {
    await this.database.call('create_partitions', []);
  }
}
