import { Injectable } from '@nestjs/common';
import type { StepState } from '../../core/states.js';
import { Database, type Queryable } from '../database.js';
import type { TaskFilter } from './task-filter.js';
import { TaskPages } from './task-pages.js';
import { readSnapshot, type Parts, type SnapshotRow, type TaskRow, type TaskSnapshot } from './task-snapshot.js';

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
    const parameters: unknown[] = parts.steps || parts.transitions ? [taskIds, parts.stepNo ?? null] : [taskIds];
    if (parts.explanation) parameters.push(parts.explanation.silentMs, parts.explanation.countTo);
    const rows = await (db ?? this.database.dataSource.manager).query<SnapshotRow[]>(sql, parameters);
    return new Map(rows.map((row) => [row.id, readSnapshot(row)]));
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
               t.idempotency_key as "idempotencyKey", t.run_at as "runAt", t.paused_at as "pausedAt", t.stopped_at as "stoppedAt",
               t.deadline_at as "deadlineAt", t.created_at as "createdAt", t.started_at as "startedAt", t.finished_at as "finishedAt"
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
  private partsSql({ steps, stepNo, transitions, explanation }: Parts): string {
    const parts = [
      ...(steps ? this.stepPartsSql(stepNo === undefined, explanation === undefined) : []),
      ...(transitions ? [`(select json_agg(x) from (${this.transitionsSql()}) x) as transitions`] : []),
      ...(explanation ? [`${this.database.name('explain_task')}(t.id, $3, $4) as facts`] : []),
    ];
    return parts.map((part) => `, ${part}`).join('');
  }

  /** Steps, and what their states follow from. */
  private stepPartsSql(all: boolean, whole: boolean): string[] {
    const paused = `${this.database.name('last_move')}(t.id, 'paused', null)`;
    return [
      `now() as "readAt"`,
      `(select json_agg(x) from (${this.stepsSql(whole)}) x) as steps`,
      `(${this.handlersSql()}) as handlers`,
      `case when t."pausedAt" is not null then ${paused} end as paused`,
      ...(all ? [] : [`(${this.statesSql()}) as states`]),
    ];
  }

  private statesSql(): string {
    return `
      select json_agg(s.state order by s.step_no) from ${this.database.name('step')} s where s.task_id = t.id`;
  }

  /** What unfinished steps need done, and who does it: once for each handler, for there may be many steps of one. */
  private handlersSql(): string {
    return `
      select json_agg(json_build_object('id', h.id, 'name', h.name, 'workers', (
        select coalesce(json_agg(json_build_object('name', w.name, 'state', w.state, 'seenAt', w.seen_at,
                                                   'blockedSince', w.blocked_since) order by w.id), '[]')
        from ${this.database.name('worker')} w
        where w.state in ('live', 'draining') and (w.handlers is null or h.id = any (w.handlers)))))
      from ${this.database.name('handler')} h
      where h.id = any (array(
        select distinct s.handler_id from ${this.database.name('step')} s
        where s.task_id = t.id and ($2::int2 is null or s.step_no = $2)
          and s.state not in ('complete', 'resolved_manually', 'skipped', 'cancelled')))`;
  }

  /** @param whole - with what it was given and brought, which may be large */
  private stepsSql(whole: boolean): string {
    return `
      select s.step_no as "stepNo", s.handler_id as "handlerId", s.attempt, s.forgiven, s.retry_limit as "retryLimit", s.state,
             s.ready_at as "readyAt", s.due_at as "dueAt", s.started_at as "startedAt", s.finished_at as "finishedAt",
             ${whole ? 's.result, s.inputs' : 'null as result, null as inputs'}, s.error, w.name as worker, s.held,
             case when s.state = 'in_progress' then
               json_build_object('name', w.name, 'state', w.state, 'seenAt', w.seen_at, 'blockedSince', w.blocked_since)
             end as runner,
             case when s.gate <> 'admitted' and not s.held then s.gate end as gate,
             case when s.state in ('ready', 'waiting_for_retry') then (
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
