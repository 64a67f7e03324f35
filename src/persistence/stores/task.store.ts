import { Injectable } from '@nestjs/common';
import type { StepState, TaskState } from '../../core/states.js';
import { Database, type Queryable } from '../database.js';

/** A task to be created. */
export interface NewTask {
  /** UUIDv7. */
  id: string;
  templateId: number;
  /** The context as JSON text. */
  contextJson: string;
  priority: number;
  runAt: Date | null;
  initiator: string;
  reason: string;
  sourceSystem: string;
  tags: string[];
  correlationId: string;
  traceparent: string | null;
  idempotencyKey: string | null;
  /** What two requests with the same key must have in common; null without a key. */
  requestHash: string | null;
  /** Numbers of the steps to skip. */
  bypass: number[];
}

/** What became of a new task: it was created, or another one has its idempotency key. */
export type StoredTask = { createdAt: Date } | { holder: KeyHolder };

export interface KeyHolder {
  taskId: string;
  requestHash: string;
}

/** What `cancel` did. */
export interface CancelledTask {
  /** The state that the task was in, from which it was cancelled if it had not ended; null if there is no such task. */
  was: TaskState | null;
  templateId: number;
  /** The steps that were cancelled with it. */
  steps: { stepNo: number; attempt: number; was: StepState }[];
}

export interface AwaitedTask {
  state: TaskState;
  /** False where the task's row was locked: nobody would be told of its end. */
  marked: boolean;
}

const DEADLOCK_ATTEMPTS = 5;

/** Creating, cancelling and awaiting tasks: each is one of the functions in `sql/functions`. */
@Injectable()
export class TaskStore {
  constructor(private readonly database: Database) {}

  /** Creates all of them in one statement, or none. */
  async create(tasks: readonly NewTask[], db?: Queryable): Promise<StoredTask[]> {
    const keyed = tasks.some(({ idempotencyKey }) => idempotencyKey !== null);
    // The row in front says when the transaction began, which is the tasks' created_at.
    const sql = `select now() as created_at, c.* from (values (1)) one
      left join (${this.database.statement('create_tasks', 2)}) c on true`;
    const json = `[${tasks.map(rowJson).join(',')}]`;
    const rows = await (db ?? this.database.dataSource.manager).query<CreationRow[]>(sql, [json, keyed]);
    const holders = new Map(
      rows.map(({ id, existing_id, request_hash }) => [id, { taskId: existing_id, requestHash: request_hash }]),
    );
    const createdAt = rows[0]!.created_at;
    return tasks.map(({ id }) => {
      const holder = holders.get(id);
      return holder ? { holder } : { createdAt };
    });
  }

  /** Creates in one transaction those that can be created; the others leave nothing behind but their error. */
  createEach(tasks: readonly NewTask[]): Promise<PromiseSettledResult<StoredTask>[]> {
    return this.database.dataSource.transaction(async (db) => {
      const outcomes = new Map<NewTask, PromiseSettledResult<StoredTask>>();
      // In one order everywhere, so that two transactions never wait for each other's keys.
      for (const task of [...tasks].sort(byKey)) outcomes.set(task, await this.createOne(task, db));
      return tasks.map((task) => outcomes.get(task)!);
    });
  }

  /** Cancels a task unless it has ended. A deadlock with a worker, which cancels nothing, is met by trying again. */
  async cancel(taskId: string, actor: string | null, reason: string | null): Promise<CancelledTask> {
    for (let attempt = 1; ; attempt++) {
      try {
        const [task, ...steps] = await this.database.call<CancelRow>('cancel_task', [taskId, actor, reason]);
        return {
          was: task!.was,
          templateId: task!.template_id,
          steps: steps.map(({ step_no, attempt, step_was }) => ({ stepNo: step_no, attempt, was: step_was })),
        };
      } catch (error) {
        if ((error as { code?: unknown }).code !== '40P01' || attempt === DEADLOCK_ATTEMPTS) throw error;
      }
    }
  }

  /** Asks for the end of tasks to be announced. Tasks that do not exist are missing in the answer. */
  async markAwaited(taskIds: readonly string[]): Promise<Map<string, AwaitedTask>> {
    const rows = await this.database.call<AwaitedTask & { id: string }>('await_tasks', [taskIds]);
    return new Map(rows.map(({ id, state, marked }) => [id, { state, marked }]));
  }

  private async createOne(task: NewTask, db: Queryable): Promise<PromiseSettledResult<StoredTask>> {
    await db.query('savepoint one_task');
    try {
      const [value] = await this.create([task], db);
      await db.query('release savepoint one_task');
      return { status: 'fulfilled', value: value! };
    } catch (reason) {
      await db.query('rollback to savepoint one_task');
      return { status: 'rejected', reason };
    }
  }
}

interface CreationRow {
  created_at: Date;
  id: string;
  existing_id: string;
  request_hash: string;
}

interface CancelRow {
  was: TaskState | null;
  template_id: number;
  step_no: number;
  attempt: number;
  step_was: StepState;
}

/** The context is spliced in as the text that it already is. */
const rowJson = (task: NewTask): string => `{"context":${task.contextJson},${JSON.stringify(rowOf(task)).slice(1)}`;

const rowOf = (task: NewTask) => ({
  id: task.id,
  template_id: task.templateId,
  priority: task.priority,
  run_at: task.runAt,
  initiator: task.initiator,
  reason: task.reason,
  source_system: task.sourceSystem,
  tags: task.tags,
  correlation_id: task.correlationId,
  traceparent: task.traceparent,
  idempotency_key: task.idempotencyKey,
  request_hash: task.requestHash,
  bypass: task.bypass.length > 0 ? task.bypass : null,
});

const byKey = (a: NewTask, b: NewTask): number => {
  const [left, right] = [a.idempotencyKey ?? '', b.idempotencyKey ?? ''];
  return left < right ? -1 : left > right ? 1 : 0;
};
