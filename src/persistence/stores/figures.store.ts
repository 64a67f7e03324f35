import { Injectable } from '@nestjs/common';
import type { StepState } from '../../core/states.js';
import { Database } from '../database.js';

/** What is under way in all processes together. */
export interface Figures {
  tasksInProgress: number;
  /** Of tasks in progress, by state; states that no step is in are left out. */
  steps: Partial<Record<StepState, number>>;
  /** Steps that a worker may claim now. */
  claimable: number;
  /** Steps that wait for their time. */
  due: number;
  /** For how long the oldest claimable step has been waiting, in seconds; 0 where there is none. */
  oldestClaimableSeconds: number;
  workers: number;
  /** Of all workers that live. */
  slots: number;
}

/** Counts what is under way. What has ended is not looked at: the cost grows with the backlog, not with the tables. */
@Injectable()
export class FiguresStore {
  constructor(private readonly database: Database) {}

  async read(): Promise<Figures> {
    const [task, step, worker] = ['task', 'step', 'worker'].map((table) => this.database.name(table));
    const [figures] = await this.database.dataSource.query<Figures[]>(`
      select
        (select count(*)::int from ${task} where state = 'in_progress') as "tasksInProgress",
        (select coalesce(json_object_agg(g.state, g.steps), '{}')
         from (select s.state, count(*)::int as steps
               from ${task} t join ${step} s on s.task_id = t.id
               where t.state = 'in_progress' group by s.state) g) as steps,
        (select count(*)::int from ${step} where ready_at is not null and not held) as claimable,
        (select count(*)::int from ${step} where due_at is not null and not held) as due,
        (select coalesce(greatest(0, extract(epoch from now() - min(ready_at))), 0)::float8
         from ${step} where ready_at is not null and not held) as "oldestClaimableSeconds",
        (select count(*)::int from ${worker} where state in ('live', 'draining')) as workers,
        (select coalesce(sum(slots), 0)::int from ${worker} where state = 'live') as slots`);
    return figures!;
  }
}
