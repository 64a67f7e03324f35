import { Injectable } from '@nestjs/common';
import type { TaskState } from '../../core/states.js';
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

/** What became of a new task: it was created, another one has its idempotency key, or as many as that wait already. */
export type StoredTask = { createdAt: Date } | { holder: KeyHolder } | { queueSize: number };

export interface KeyHolder {
  taskId: string;
  requestHash: string;
}

export interface AwaitedTask {
  state: TaskState;
  /** False where the task's row was locked: nobody would be told of its end. */
  marked: boolean;
}

/** Creating and awaiting tasks: each is one of the functions in `sql/functions`. */
@Injectable()
export class TaskStore {
  constructor(private readonly database: Database) {}

  /**
   * Creates all of them in one statement, or none.
   *
   * @param bounded - whether a template of theirs has a queue; in a transaction of the caller's its size is kept to but
   *   for tasks that others create at the same time
   */
  async create(tasks: readonly NewTask[], bounded: boolean, db?: Queryable): Promise<StoredTask[]> {
    const queues = bounded ? (db ? 'about' : 'exactly') : null;
    return this.createAll(tasks, queues, db ?? this.database.dataSource.manager);
  }

  private async createAll(
    tasks: readonly NewTask[],
    queues: 'about' | 'exactly' | null,
    db: Queryable,
  ): Promise<StoredTask[]> {
    const keyed = tasks.some(({ idempotencyKey }) => idempotencyKey !== null);
    // The row in front says when the transaction began, which is the tasks' created_at.
    const sql = `select now() as created_at, c.* from (values (1)) one
      left join (${this.database.statement('create_tasks', 3)}) c on true`;
    const json = `[${tasks.map(rowJson).join(',')}]`;
    const rows = await db.query<CreationRow[]>(sql, [json, keyed, queues]);
    const others = new Map(rows.map((row) => [row.id, readRefusal(row)]));
    const createdAt = rows[0]!.created_at;
    return tasks.map(({ id }) => others.get(id) ?? { createdAt });
  }

  /** Creates in one transaction those that can be created; the others leave nothing behind but their error. */
  createEach(tasks: readonly NewTask[], bounded: boolean): Promise<PromiseSettledResult<StoredTask>[]> {
    return this.database.dataSource.transaction(async (db) => {
      const outcomes = new Map<NewTask, PromiseSettledResult<StoredTask>>();
      // In one order everywhere, so that two transactions never wait for each other's keys.
      for (const task of [...tasks].sort(byKey)) outcomes.set(task, await this.createOne(task, bounded, db));
      return tasks.map((task) => outcomes.get(task)!);
    });
  }

  /** Who holds an idempotency key; null if nobody does. */
  async keyHolder(key: string): Promise<KeyHolder | null> {
    const sql = `select task_id as "taskId", request_hash as "requestHash" from ${this.database.name('idempotency_key')} where key = $1`;
    const [holder] = await this.database.dataSource.query<KeyHolder[]>(sql, [key]);
    return holder ?? null;
  }

  /** Puts annotations in the place of earlier ones. Tasks that do not exist are passed over. */
  async annotate(annotations: readonly { taskId: string; json: string }[]): Promise<void> {
    const task = this.database.name('task');
    // rows of tasks are locked in the order of their ids, as everywhere
    const sql = `
      with locked as (select id from ${task} where id = any ($1::uuid[]) order by id for update)
      update ${task} t set annotations = x.annotations
      from locked join unnest($1::uuid[], $2::jsonb[]) x (id, annotations) on x.id = locked.id
      where t.id = locked.id`;
    const columns = [annotations.map(({ taskId }) => taskId), annotations.map(({ json }) => json)];
    await this.database.dataSource.query(sql, columns);
  }

  /** Asks for the end of tasks to be announced. Tasks that do not exist are missing in the answer. */
  async markAwaited(taskIds: readonly string[]): Promise<Map<string, AwaitedTask>> {
    const rows = await this.database.call<AwaitedTask & { id: string }>('await_tasks', [taskIds]);
    return new Map(rows.map(({ id, state, marked }) => [id, { state, marked }]));
  }

  private async createOne(task: NewTask, bounded: boolean, db: Queryable): Promise<PromiseSettledResult<StoredTask>> {
    await db.query('savepoint one_task');
    try {
      const [value] = await this.createAll([task], bounded ? 'exactly' : null, db);
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
  queue_size: number | null;
}

const readRefusal = ({ existing_id, request_hash, queue_size }: CreationRow): StoredTask =>
  queue_size === null ? { holder: { taskId: existing_id, requestHash: request_hash } } : { queueSize: queue_size };

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
