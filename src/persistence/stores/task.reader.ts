import { Injectable } from '@nestjs/common';
import type { CircuitState } from '../../core/circuit.js';
import type { StoredFailure } from '../../core/failure.js';
import type { Json, JsonObject } from '../../core/json.js';
import type { StepState, TaskState } from '../../core/states.js';
import { Database, type Queryable } from '../database.js';
import type { Cause } from '../entities/transition.entity.js';
import type { TaskFilter } from './task-filter.js';
import { TaskPages } from './task-pages.js';

/** A task with what is counted from its steps. */
export interface TaskRow {
  id: string;
  templateId: number;
  namespace: string;
  name: string;
  version: string;
  state: TaskState;
  context: JsonObject;
  annotations: JsonObject | null;
  initiator: string;
  reason: string;
  sourceSystem: string;
  tags: string[];
  priority: number;
  correlationId: string;
  idempotencyKey: string | null;
  runAt: Date | null;
  pausedAt: Date | null;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  stepCounts: Partial<Record<StepState, number>>;
  /** How many steps a worker may claim now, or could within the template's limits. */
  claimable: number;
  /** How many steps wait for their time. */
  dueLater: number;
}

export interface StepRow {
  stepNo: number;
  attempt: number;
  retryLimit: number;
  state: StepState;
  readyAt: Date | null;
  dueAt: Date | null;
  startedAt: Date | null;
  finishedAt: Date | null;
  result: Json;
  /** Given by an operator in place of the template's. */
  inputs: JsonObject | null;
  error: StoredFailure | null;
  worker: string | null;
  /** Where it waits to be admitted within its template's limits; null where it does not. */
  gate: 'task_queue' | 'task_limit' | 'template_limit' | null;
  /** The circuit that keeps it waiting; null where none does. */
  circuit: OpenCircuit | null;
}

/** A circuit that is not closed. */
export interface OpenCircuit {
  system: string;
  state: Exclude<CircuitState, 'closed'>;
  failures: number;
  /** Code, else class, of the last failure. */
  errorCode: string | null;
  /** When one step may try the system; of a circuit that is half open, since when one does. */
  probeAt: Date | null;
}

export interface TransitionRow {
  /** -1 where the task itself moved. */
  stepNo: number;
  /** The step's attempt, or the task's revision. */
  attempt: number;
  cause: Cause;
  at: Date;
  /** The same, in microseconds since 1970. */
  micros: number;
  from: TaskState | StepState | null;
  to: TaskState | StepState | null;
  worker: string | null;
  actor: string | null;
  reason: string | null;
  detail: unknown;
}

/** What is read of tasks beside their rows. */
export interface Parts {
  steps?: boolean;
  transitions?: boolean;
  /** Only this step. @default all */
  stepNo?: number;
}

/** A task and its parts as they were at one moment. */
export interface TaskSnapshot {
  task: TaskRow;
  steps: StepRow[];
  transitions: TransitionRow[];
}

/** Reads tasks: however many at once, and whatever of their parts, by one statement. */
@Injectable()
export class TaskReader {
  private readonly pages: TaskPages<TaskRow>;

  constructor(private readonly database: Database) {
    this.pages = new TaskPages(database, (where, orderBy, limit) => this.tasksSql(where, orderBy, limit));
  }

  /** By id; tasks that do not exist are missing in the answer. */
  async snapshots(taskIds: readonly string[], parts: Parts = {}, db?: Queryable): Promise<Map<string, TaskSnapshot>> {
    const sql = this.tasksSql('where t.id = any ($1::uuid[])', 't.id', undefined, parts);
    const parameters = parts.steps || parts.transitions ? [taskIds, parts.stepNo ?? null] : [taskIds];
    const rows = await (db ?? this.database.dataSource.manager).query<SnapshotRow[]>(sql, parameters);
    return new Map(
      rows.map(({ steps, transitions, ...task }) => {
        const snapshot = {
          task,
          steps: (steps ?? []).map(readStep),
          transitions: (transitions ?? []).map(readTransition),
        };
        return [task.id, snapshot];
      }),
    );
  }

  /** The first `limit` tasks of a filter. @throws TaskerError `list_timeout` */
  page(filter: TaskFilter, limit: number): Promise<TaskRow[]> {
    return this.pages.read(filter, limit);
  }

  /** The state of every step, in the template's order. */
  async stepStates(taskId: string): Promise<StepState[]> {
    const sql = `select s.state from ${this.database.name('step')} s where s.task_id = $1 order by s.step_no`;
    const rows = await this.database.dataSource.query<{ state: StepState }[]>(sql, [taskId]);
    return rows.map(({ state }) => state);
  }

  private tasksSql(where: string, orderBy: string, limit?: number, parts: Parts = {}): string {
    return `
      select t.*, s.*${this.partsSql(parts)}
      from (
        select t.id, t.template_id as "templateId", p.namespace, p.name, p.version, t.state, t.context, t.annotations, t.initiator,
               t.reason, t.source_system as "sourceSystem", t.tags, t.priority, t.correlation_id as "correlationId",
               t.idempotency_key as "idempotencyKey", t.run_at as "runAt", t.paused_at as "pausedAt", t.created_at as "createdAt",
               t.started_at as "startedAt", t.finished_at as "finishedAt"
        from ${this.database.name('task')} t join ${this.database.name('template')} p on p.id = t.template_id
        ${where}
        order by ${orderBy} ${limit === undefined ? '' : `limit ${limit}`}
      ) t
      cross join lateral (
        select coalesce(json_object_agg(g.state, g.steps), '{}') as "stepCounts",
               coalesce(sum(g.claimable), 0)::int as claimable, coalesce(sum(g.due_later), 0)::int as "dueLater"
        from (
          select s.state, count(*) as steps,
                 count(*) filter (where not s.held and s.state in ('ready', 'waiting_for_retry')
                   and (s.ready_at is not null or s.gate is not null or s.due_at <= now())) as claimable,
                 count(*) filter (where not s.held and s.due_at > now()) as due_later
          from ${this.database.name('step')} s where s.task_id = t.id group by s.state
        ) g
      ) s
      order by ${orderBy}`;
  }

  /** Parts are read as JSON by the same statement: they are of the same moment as the task, without a transaction. */
  private partsSql({ steps, transitions }: Parts): string {
    return (
      (steps ? `, (select json_agg(x) from (${this.stepsSql()}) x) as steps` : '') +
      (transitions ? `, (select json_agg(x) from (${this.transitionsSql()}) x) as transitions` : '')
    );
  }

  private stepsSql(): string {
    return `
      select s.step_no as "stepNo", s.attempt, s.retry_limit as "retryLimit", s.state,
             s.ready_at as "readyAt", s.due_at as "dueAt", s.started_at as "startedAt", s.finished_at as "finishedAt",
             s.result, s.inputs, s.error, w.name as worker, 
             case when s.gate <> 'admitted' and not s.held then s.gate end as gate,
             case when s.state in ('ready', 'waiting_for_retry') and s.due_at is null and not s.held then (
               select json_build_object('system', c.dependent_system, 'state', c.state, 'failures', c.failures,
                                        'errorCode', c.error_code, 'probeAt', c.probe_at)
               from ${this.database.name('handler')} h join ${this.database.name('circuit')} c on c.dependent_system = h.circuit
               where h.id = s.handler_id and c.state <> 'closed'
             ) end as circuit
      from ${this.database.name('step')} s left join ${this.database.name('worker')} w on w.id = s.worker_id
      where s.task_id = t.id and ($2::int2 is null or s.step_no = $2)
      order by s.step_no`;
  }

  private transitionsSql(): string {
    return `
      select x.step_no as "stepNo", x.attempt, x.cause, x.at,
             (extract(epoch from x.at) * 1000000)::float8 as micros, x.from_state as "from", x.to_state as "to",
             w.name as worker, x.actor, x.reason, x.detail
      from ${this.database.name('transition')} x left join ${this.database.name('worker')} w on w.id = x.worker_id
      where x.task_id = t.id and ($2::int2 is null or x.step_no = $2)`;
  }
}

type SnapshotRow = TaskRow & { steps?: InJson<StepRow>[] | null; transitions?: InJson<TransitionRow>[] | null };
type InJson<Row> = { [Key in keyof Row]: Date extends Row[Key] ? string | Exclude<Row[Key], Date> : Row[Key] };

const readDate = (text: string | null): Date | null => (text === null ? null : new Date(text));

const readStep = (row: InJson<StepRow>): StepRow => ({
  ...row,
  readyAt: readDate(row.readyAt),
  dueAt: readDate(row.dueAt),
  startedAt: readDate(row.startedAt),
  finishedAt: readDate(row.finishedAt),
  circuit: row.circuit && { ...row.circuit, probeAt: readDate(row.circuit.probeAt as unknown as string | null) },
});

const readTransition = (row: InJson<TransitionRow>): TransitionRow => ({ ...row, at: new Date(row.at) });
