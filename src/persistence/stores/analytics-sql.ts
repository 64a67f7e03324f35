import type { Viewer } from './task-filter.js';
import { COUNTS, type AnalyticsScope } from './window-figures.js';

/** Which time, of which templates, and for whom. */
export interface AnalyticsQuery extends AnalyticsScope {
  /** The last so many seconds before `to`; not looked at where `from` is given. */
  windowSeconds: number;
  from?: Date;
  /** @default now */
  to?: Date;
  /** No interval of the series is longer, in seconds; all together are read by longer ones where there are. @default none */
  interval?: Grain;
  /** Everybody, if not given. */
  visibleTo?: Viewer;
}

/** Lengths of the intervals that roll-ups are kept by, in seconds. */
export const GRAINS = [60, 3_600, 86_400] as const;
export type Grain = (typeof GRAINS)[number];

/** Qualifies the name of a table or function. */
type Name = (name: string) => string;

const PERCENTILES = [50, 95, 99] as const;
const sums = (row: string): string => COUNTS.map((column) => `sum(${row}.${column})::int8 as ${column}`).join(', ');
const EXTREMES = ['duration_min', 'duration_max', 'wait_min', 'wait_max'];
const extremes = (row: string): string =>
  EXTREMES.map((column) => `${column.slice(-3)}(${row}.${column}) as ${column}`).join(', ');
/** A fact as a row of totals. */
const FACT: Record<string, string> = {
  duration_n: '(f.duration is not null)::int',
  duration_sum: 'coalesce(f.duration, 0)',
  wait_n: '(f.wait is not null)::int',
  wait_sum: 'coalesce(f.wait, 0)',
  duration_min: 'f.duration',
  duration_max: 'f.duration',
  wait_min: 'f.wait',
  wait_max: 'f.wait',
};
const COLUMNS = [...COUNTS, ...EXTREMES];

export interface AnalyticsSql {
  /** CTEs: `span`, `place` (a step of a template over all of its definitions, or the template itself: step null), `tail`, `part`. */
  ctes: string;
  parameters: unknown[];
}

/**
 * What all questions have in common: the roll-ups of the time asked for, and with them, as of the same moment, what the audit
 * has grown by since they were last added to.
 */
export function windowSql(query: AnalyticsQuery, name: Name): AnalyticsSql {
  const parameters: unknown[] = [];
  const value = (given: unknown): string => `$${parameters.push(given)}`;
  const upto = query.to ? `${value(query.to)}::timestamptz` : 'now()';
  const from = query.from
    ? `${value(query.from)}::timestamptz`
    : `${upto} - ${value(query.windowSeconds)}::float8 * interval '1 s'`;
  const step = query.step === undefined ? null : value(query.step);
  const ctes = `
    span as materialized (
      select s.* from ${name('rollup_spans')}(${from}, ${upto}, ${query.interval ?? GRAINS[2]}) s
    ),
    place as materialized (
      select k.*, dense_rank() over (order by k.namespace, k.name, k.version, k.step nulls first)::int as place
      from (
        select p.id as template_id, -1 as step_no, p.namespace, p.name, p.version, null::text as step
        from ${name('template')} p ${scopeSql(query, value)} ${step === null ? '' : 'and false'}
        union all
        select p.id, ts.step_no, p.namespace, p.name, p.version, ts.name
        from ${name('template')} p join ${name('template_step')} ts on ts.template_id = p.id
        ${scopeSql(query, value)} ${step === null ? '' : `and ts.name = ${step}`}
      ) k
    ),
    template_in_scope as materialized (select distinct p.template_id from place p),
    tail as materialized (
      select f.*, p.place
      from (select min(s.from_at) as from_at, max(s.upto_at) as upto_at from span s) w
      cross join lateral ${name('audit_facts')}(
        coalesce((select c.position from ${name('rollup_cursor')} c), 0), 9223372036854775807, null) f
      join place p on p.template_id = f.template_id and p.step_no = f.step_no
      where f.at >= w.from_at and f.at < w.upto_at
    ),
    part as materialized (
      select p.place, r.at, r.slowest_task, r.durations, r.waits, ${COLUMNS.map((column) => `r.${column}`).join(', ')}
      from ${ofSpans(name('rollup_totals'))} r
      join place p on p.template_id = r.template_id and p.step_no = r.step_no
      union all
      select f.place, f.at, case when f.step_no < 0 then f.task_id end, null, null, ${COLUMNS.map((column) => FACT[column] ?? `f.${column}`).join(', ')}
      from tail f
    )`;
  return { ctes, parameters };
}

/** Rows of a roll-up of the time and the templates asked for: always by their key, whatever the planner thinks of the table. */
export const ofSpans = (table: string): string => `span s cross join template_in_scope t cross join lateral (
        select r.* from ${table} r
        where r.grain = s.grain and r.template_id = t.template_id and r.at >= s.from_at and r.at < s.upto_at
        offset 0
      )`;

/** Of an element of a histogram: see `sql/functions/merge_histograms.sql`. */
const COUNT_BITS = '281474976710655';

/** Sums and percentiles of each place, and in place -1 of all tasks, -2 of all steps. */
export const sumsSql = (name: Name): string => `
    bucket as materialized (
      select b.place, b.bucket, sum(b.durations) as durations, sum(b.waits) as waits
      from (
        select p.place, (e >> 48)::int2 as bucket, e & ${COUNT_BITS} as durations, 0 as waits
        from part p cross join unnest(p.durations) e
        union all
        select p.place, (e >> 48)::int2, 0, e & ${COUNT_BITS} from part p cross join unnest(p.waits) e
        union all
        select f.place, ${name('duration_bucket')}(f.duration), 1, 0 from tail f where f.duration is not null
        union all
        select f.place, ${name('duration_bucket')}(f.wait), 0, 1 from tail f where f.wait is not null
      ) b
      group by b.place, b.bucket
    ),
    kind as materialized (select distinct p.place, case when p.step is null then -1 else -2 end as kind from place p),
    heap as (
      select b.place, b.bucket, b.durations, b.waits from bucket b
      union all
      select k.kind, b.bucket, sum(b.durations), sum(b.waits) from bucket b join kind k on k.place = b.place
      group by k.kind, b.bucket
    ),
    ranked as (
      select h.place, h.bucket, sum(h.durations) over upto as duration_rank, sum(h.waits) over upto as wait_rank,
             sum(h.durations) over whole as duration_all, sum(h.waits) over whole as wait_all
      from heap h
      window upto as (partition by h.place order by h.bucket), whole as (partition by h.place)
    ),
    percentile as (
      select r.place, ${['duration', 'wait'].flatMap((measure) => PERCENTILES.map((p) => percentileSql(name, measure, p))).join(', ')}
      from ranked r group by r.place
    ),
    figure as materialized (
      select t.*, ${['duration', 'wait'].flatMap((measure) => PERCENTILES.map((p) => `c.${measure}_p${p}`)).join(', ')}
      from (
        select p.place, ${sums('p')}, ${extremes('p')},
               (array_agg(p.slowest_task order by p.duration_max desc) filter (where p.duration_max is not null))[1] as slowest_task
        from part p group by p.place
        union all
        select k.kind, ${sums('p')}, ${extremes('p')}, null::uuid
        from part p join kind k on k.place = p.place group by k.kind
      ) t left join percentile c on c.place = t.place
    )`;

/** The first bucket by which so many per cent are reached; nearest rank. */
const percentileSql = (name: Name, measure: string, percentile: number): string => `
             ${name('duration_of_bucket')}(min(r.bucket) filter (
               where r.${measure}_all > 0 and r.${measure}_rank * 100 >= r.${measure}_all * ${percentile})) as ${measure}_p${percentile}`;

function scopeSql(query: AnalyticsQuery, value: (given: unknown) => string): string {
  const { namespace, name, version, visibleTo } = query;
  const conditions = ['true'];
  for (const [column, given] of Object.entries({ namespace, name, version })) {
    if (given !== undefined) conditions.push(`p.${column} = ${value(given)}`);
  }
  if (visibleTo?.namespaces) conditions.push(`p.namespace = any (${value(visibleTo.namespaces)}::text[])`);
  if (visibleTo) conditions.push(rolesSql(visibleTo, value));
  return `where ${conditions.join(' and ')}`;
}

/** Templates that ask for roles are for callers who hold one of them. */
function rolesSql({ roles }: Viewer, value: (given: unknown) => string): string {
  const rules = `p.definition #> '{security,accessControl}'`;
  const isFree = `coalesce((${rules} ->> 'authenticationRequired')::boolean, false) = false`;
  if (roles === null) return isFree;
  return `(${isFree} or coalesce(json_array_length(${rules} -> 'allowedRoles'), 0) = 0
           or (${rules} -> 'allowedRoles')::jsonb ?| ${value(roles)}::text[])`;
}
