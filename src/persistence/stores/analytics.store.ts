import { Injectable } from '@nestjs/common';
import type { StepState } from '../../core/states.js';
import { Database, type Queryable } from '../database.js';
import { PARTS } from './analytics-parts-sql.js';
import { sumsSql, windowSql, type AnalyticsQuery, type Grain } from './analytics-sql.js';
import {
  NO_TOTALS,
  stepFigures,
  taskFigures,
  type AnalyticsScope,
  type StepFigures,
  type TaskFigures,
  type Totals,
} from './window-figures.js';

/** What was asked for in full intervals of the roll-ups, and what happened then. */
export interface WindowFigures {
  /** Put back to a full interval: a minute of the last 47 hours, an hour of the last 61 days, else a day. */
  from: Date;
  to: Date;
  /** Of all tasks of the templates in scope; of one step, all zero. */
  tasks: TaskFigures;
  /** Of all their steps, or of those of one name. */
  steps: StepFigures;
}

/** A step of a template over all of its definitions, or the template itself: step null. */
export interface Place {
  namespace: string;
  name: string;
  version: string;
  step: string | null;
}

export interface PlaceFigures extends Place {
  /** -1 of the template itself. */
  stepNo: number;
  totals: Totals;
  /** Of a template: the task that took longest. */
  slowestTask: string | null;
}

/** What happened in one interval. Durations are in microseconds. */
export interface SeriesRow {
  at: Date;
  created: number;
  completed: number;
  failed: number;
  attempts_succeeded: number;
  attempts_failed: number;
  retries: number;
  task_n: number | null;
  task_sum: number | null;
  step_n: number | null;
  step_sum: number | null;
}

/** Tasks of a template that have not ended. */
export interface ActiveTasks extends Omit<Place, 'step'> {
  pending: number;
  inProgress: number;
}

/** A failed attempt; step -1, null, is the task itself, past its time. */
export interface ErrorSample {
  taskId: string;
  templateId: number;
  stepNo: number;
  step: string | null;
  attempt: number;
}

/** Failed attempts, and tasks past their time, with the same category, class and code. */
export interface ErrorPattern {
  errorCategory: string | null;
  errorClass: string;
  errorCode: string | null;
  count: number;
  /** Of all patterns together. */
  allErrors: number;
  patterns: number;
  firstSeenAt: Date;
  lastSeenAt: Date;
  /** The last one. */
  sample: ErrorSample;
  /** Where most of them were. */
  places: (Place & { count: number })[];
}

/** The answer to one question, as of one moment. */
export interface WindowReport extends WindowFigures {
  /** Rows of the audit beyond the roll-ups that were counted for it, more or less. */
  unrolled: number;
  interval: Grain;
  places: PlaceFigures[];
  series: SeriesRow[];
  active: ActiveTasks[];
  errors: ErrorPattern[];
  /** Ids of the slowest tasks, the slowest first: at most one of each template and interval of the roll-ups. */
  slowestTasks: string[];
}

/** How long each step of a task took, from its first attempt's begin until it was over. */
export interface TaskLife {
  taskId: string;
  templateId: number;
  /** Those that were attempted. */
  steps: { stepNo: number; state: StepState; seconds: number }[];
}

interface ReportQuery extends AnalyticsQuery {
  interval: Grain;
  /** Patterns of errors at most, and slow tasks. */
  errors: number;
  slowest: number;
}

const ALL_TASKS = -1;
const ALL_STEPS = -2;

/** What the audit comes to over time: roll-ups, and what has happened since they were last added to. */
@Injectable()
export class AnalyticsStore {
  constructor(private readonly database: Database) {}

  /** The last so many seconds, up to this moment. */
  async figures(scope: AnalyticsScope, windowSeconds: number, db?: Queryable): Promise<WindowFigures> {
    const row = await this.ask({ ...scope, windowSeconds }, ['figures'], db);
    return windowFigures(row);
  }

  /** Everything that is known of a window. */
  async report(query: ReportQuery): Promise<WindowReport> {
    const row = await this.ask(query, ['figures', 'series', 'active', 'errors', 'slowest']);
    return {
      ...windowFigures(row),
      unrolled: Number(row.unrolled),
      interval: row.longest,
      places: (row.figures ?? []).filter(({ totals }) => totals.place >= 0),
      series: (row.series ?? []).map((each) => ({ ...each, at: new Date(each.at) })),
      active: row.active ?? [],
      errors: (row.errors ?? []).map((each) => ({
        ...each,
        firstSeenAt: new Date(each.firstSeenAt),
        lastSeenAt: new Date(each.lastSeenAt),
      })),
      slowestTasks: row.slowest ?? [],
    };
  }

  /** What these attempts failed with, in their order; null of those that have been deleted. */
  async messages(samples: readonly ErrorSample[]): Promise<(string | null)[]> {
    if (samples.length === 0) return [];
    const rows = await this.database.dataSource.query<{ message: string | null }[]>(
      `select (select x.detail ->> 'message' from ${this.database.name('transition')} x
               where x.task_id = i.t and x.step_no = i.n and x.attempt = i.a
                 and x.cause in ('failed', 'timed_out', 'worker_lost', 'expired') limit 1) as message
       from unnest($1::uuid[], $2::int2[], $3::int2[]) with ordinality as i (t, n, a, place) order by i.place`,
      [samples.map(({ taskId }) => taskId), samples.map(({ stepNo }) => stepNo), samples.map(({ attempt }) => attempt)],
    );
    return rows.map(({ message }) => message);
  }

  /** How the steps of these tasks have lived, of as many of the first as have no more than so many steps in all. */
  async lives(taskIds: readonly string[], mostSteps: number): Promise<TaskLife[]> {
    if (taskIds.length === 0) return [];
    const [task, step, move] = ['task', 'step', 'transition'].map((table) => this.database.name(table));
    const rows = await this.database.dataSource.query<
      (Omit<TaskLife, 'steps'> & { steps: TaskLife['steps'] | null })[]
    >(
      `select t.id as "taskId", t.template_id as "templateId", (
         select json_agg(json_build_object('stepNo', s.step_no, 'state', s.state, 'seconds', extract(epoch from
                         greatest(coalesce(s.finished_at, now()) - b.began_at, interval '0'))::float8))
         from (select x.step_no, min(x.at) as began_at from ${move} x
               where x.task_id = t.id and x.step_no >= 0 and x.cause in ('claimed', 'handed_off') group by x.step_no) b
         join ${step} s on s.task_id = t.id and s.step_no = b.step_no and s.attempt > 0
       ) as steps
       from (
         select i.id, sum(n.steps) over (order by i.place) as steps_in_all, i.place
         from unnest($1::uuid[]) with ordinality as i (id, place)
         join ${task} t on t.id = i.id
         cross join lateral (select count(*) as steps from ${step} s where s.task_id = i.id) n
       ) i join ${task} t on t.id = i.id
       where i.steps_in_all <= $2
       order by i.place`,
      [taskIds, mostSteps],
    );
    return rows.map((row) => ({ ...row, steps: row.steps ?? [] }));
  }

  /** @returns how far the roll-ups have come; null where another process is at it */
  async rollUp(upto: number, most: number): Promise<number | null> {
    const [row] = await this.database.call<{ roll_up: string | null }>('roll_up', [upto, most]);
    return row!.roll_up === null ? null : Number(row!.roll_up);
  }

  /** Deletes short intervals that longer ones have replaced. @returns how many rows */
  async forget(): Promise<number> {
    const [row] = await this.database.call<{ forget_rollups: string }>('forget_rollups', []);
    return Number(row!.forget_rollups);
  }

  private async ask(
    query: AnalyticsQuery & Partial<ReportQuery>,
    parts: (keyof typeof PARTS)[],
    db: Queryable = this.database.dataSource,
  ): Promise<Answer> {
    const name = (table: string): string => this.database.name(table);
    const { ctes, parameters } = windowSql(query, name);
    const columns = parts.map((part) => {
      const isLimited = part === 'errors' || part === 'slowest';
      const limit = isLimited ? `$${parameters.push(query[part] ?? 0)}` : '(select s.longest from asked s)';
      return `${PARTS[part](name, limit)} as "${part}"`;
    });
    const [row] = await db.query<Answer[]>(
      `with ${ctes}, ${sumsSql(name)},
       asked as (select min(s.from_at) as from_at, max(s.upto_at) as upto_at, greatest(max(s.grain), ${query.interval ?? 0}) as longest from span s)
       select s.from_at as "from", least(s.upto_at, now()) as "to", s.longest,
              (select a.last_value from ${name('audit_no')} a)
                - coalesce((select c.position from ${name('rollup_cursor')} c), 0) as unrolled, ${columns.join(', ')} from asked s`,
      parameters,
    );
    return row!;
  }
}

interface Answer {
  from: Date;
  to: Date;
  longest: Grain;
  unrolled: string;
  figures: (PlaceFigures & { totals: Totals & { place: number } })[] | null;
  series?: SeriesRow[] | null;
  active?: ActiveTasks[] | null;
  errors?: ErrorPattern[] | null;
  slowest?: string[] | null;
}

function windowFigures({ from, to, figures }: Answer): WindowFigures {
  const all = (kind: number): Totals => figures?.find(({ totals }) => totals.place === kind)?.totals ?? NO_TOTALS;
  return { from, to, tasks: taskFigures(all(ALL_TASKS)), steps: stepFigures(all(ALL_STEPS)) };
}
