import { Injectable } from '@nestjs/common';
import type { StepState } from '../../core/states.js';
import { Database } from '../database.js';

/** Steps are counted by state for so many tasks in progress. */
const MOST_TASKS = 10_000;

/** What waits, and who works: of all processes together. */
export interface QueueFigures {
  /** Of tasks that are not through; states that no task is in are 0. */
  tasks: Record<'pending' | 'in_progress' | 'error', number>;
  /** Steps that a worker may claim now. */
  claimable: number;
  /** Steps that wait for their time. */
  due: number;
  /** Steps that wait for a place within the limits of their template. */
  gated: number;
  /** How long the step has waited that is claimed next, in seconds: the longest over handlers and priorities. 0: none waits. */
  oldestClaimableSeconds: number;
  /** By state; those that have stopped are left out. */
  workers: Partial<Record<'live' | 'draining', number>>;
  /** Of all workers that live. */
  slots: number;
  /** Systems that have failed lately, by the state of their circuit. */
  circuits: Record<string, number>;
}

/**
 * Counts what is under way. What has ended is not looked at: the cost grows with the backlog, not with the tables, and all
 * that is read are entries of indexes that hold nothing else.
 */
@Injectable()
export class FiguresStore {
  constructor(private readonly database: Database) {}

  async queue(): Promise<QueueFigures> {
    const [task, step, worker, circuit] = ['task', 'step', 'worker', 'circuit'].map((name) => this.database.name(name));
    const claimable = 's.ready_at is not null and not s.held';
    const [row] = await this.database.dataSource.query<[QueueRow]>(`
      with recursive line (handler_id, priority, ready_at) as (
        (select s.handler_id, s.priority, s.ready_at from ${step} s where ${claimable}
         order by s.handler_id, s.priority desc, s.task_id, s.step_no limit 1)
        union all
        select n.* from line l cross join lateral (
          select * from (
            (select s.handler_id, s.priority, s.ready_at from ${step} s
             where ${claimable} and s.handler_id = l.handler_id and s.priority < l.priority
             order by s.priority desc, s.task_id, s.step_no limit 1)
            union all
            (select s.handler_id, s.priority, s.ready_at from ${step} s
             where ${claimable} and s.handler_id > l.handler_id
             order by s.handler_id, s.priority desc, s.task_id, s.step_no limit 1)
          ) next limit 1
        ) n
      )
      select
        (select count(*) from ${task} where state = 'pending') as pending,
        (select count(*) from ${task} where state = 'in_progress') as in_progress,
        (select count(*) from ${task} where state = 'error') as error,
        (select count(*) from ${step} s where ${claimable}) as claimable,
        (select count(*) from ${step} where due_at is not null and not held) as due,
        (select count(*) from ${step} where gate is not null and gate <> 'admitted') as gated,
        (select coalesce(greatest(0, extract(epoch from now() - min(ready_at))), 0)::float8 from line) as oldest,
        (select count(*) from ${worker} where state = 'live') as live,
        (select count(*) from ${worker} where state = 'draining') as draining,
        (select coalesce(sum(slots), 0)::int from ${worker} where state = 'live') as slots,
        (select coalesce(json_object_agg(c.state, c.systems), '{}')
         from (select state, count(*) as systems from ${circuit} group by state) c) as circuits`);
    const { pending, in_progress, error, oldest, live, draining, circuits, ...counts } = row;
    return {
      tasks: { pending: Number(pending), in_progress: Number(in_progress), error: Number(error) },
      claimable: Number(counts.claimable),
      due: Number(counts.due),
      gated: Number(counts.gated),
      oldestClaimableSeconds: oldest,
      workers: { live: Number(live), draining: Number(draining) },
      slots: counts.slots,
      circuits,
    };
  }

  /**
   * Steps of tasks in progress, by state; states that no step is in are left out. Reads their rows, and so none where there are
   * more tasks than it is worth.
   *
   * @returns null for more than 10,000 tasks
   */
  async steps(): Promise<Partial<Record<StepState, number>> | null> {
    const [task, step] = ['task', 'step'].map((name) => this.database.name(name));
    const rows = await this.database.dataSource.query<{ state: StepState | null; steps: string }[]>(
      // task by task, so that nothing but keys leads to steps
      `with busy as (select id from ${task} where state = 'in_progress' limit ${MOST_TASKS + 1})
       select s.state, sum(s.steps) as steps
       from busy cross join lateral (
         select state, count(*) as steps from ${step} where task_id = busy.id group by state offset 0
       ) s
       where (select count(*) from busy) <= ${MOST_TASKS}
       group by s.state
       union all
       select null, 0 where (select count(*) from busy) > ${MOST_TASKS}`,
    );
    if (rows.some(({ state }) => state === null)) return null;
    return Object.fromEntries(rows.map(({ state, steps }) => [state!, Number(steps)] as const));
  }
}

interface QueueRow {
  /** Counts are texts, as PostgreSQL's are larger than numbers can be. */
  pending: string;
  in_progress: string;
  error: string;
  claimable: string;
  due: string;
  gated: string;
  oldest: number;
  live: string;
  draining: string;
  slots: number;
  circuits: Record<string, number>;
}
