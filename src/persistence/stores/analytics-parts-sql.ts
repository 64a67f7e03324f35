import { ofSpans } from './analytics-sql.js';

/** Qualifies the name of a table or function. */
type Name = (name: string) => string;

/** Parts of an answer, each a subquery over the CTEs of `windowSql` and `sumsSql` that gives JSON. */
export const PARTS = {
  figures: (): string => `(
    select json_agg(json_build_object('namespace', p.namespace, 'name', p.name, 'version', p.version, 'step', p.step,
                                      'stepNo', p.step_no, 'slowestTask', f.slowest_task, 'totals', to_json(f)))
    from figure f left join (
      select k.place, k.namespace, k.name, k.version, k.step, max(k.step_no) as step_no from place k
      group by k.place, k.namespace, k.name, k.version, k.step
    ) p on p.place = f.place
  )`,

  /** The slowest tasks, of each template and interval one. */
  slowest: (_name: Name, limit: string): string => `(
    select json_agg(s.slowest_task order by s.duration desc, s.slowest_task)
    from (
      select p.slowest_task, max(p.duration_max) as duration from part p
      where p.slowest_task is not null and p.duration_max is not null
      group by p.slowest_task order by duration desc, p.slowest_task limit ${limit}
    ) s
  )`,

  series: (_name: Name, interval: string): string => `(
    select json_agg(i order by i.at)
    from (
      select date_bin(${interval}::int * interval '1 s', p.at, '2000-01-01 00:00+00') as at,
             coalesce(sum(p.created) filter (where k.kind = -1), 0)::int8 as created,
             coalesce(sum(p.completed) filter (where k.kind = -1), 0)::int8 as completed,
             coalesce(sum(p.errored) filter (where k.kind = -1), 0)::int8 as failed,
             coalesce(sum(p.succeeded) filter (where k.kind = -2), 0)::int8 as attempts_succeeded,
             coalesce(sum(p.failed + p.timed_out + p.worker_lost) filter (where k.kind = -2), 0)::int8 as attempts_failed,
             coalesce(sum(p.retries) filter (where k.kind = -2), 0)::int8 as retries,
             sum(p.duration_n) filter (where k.kind = -1)::int8 as task_n,
             sum(p.duration_sum) filter (where k.kind = -1)::int8 as task_sum,
             sum(p.duration_n) filter (where k.kind = -2)::int8 as step_n,
             sum(p.duration_sum) filter (where k.kind = -2)::int8 as step_sum
      from part p join kind k on k.place = p.place
      group by 1
    ) i
  )`,

  /** Counted from what is under way, which partial indexes hold. */
  active: (name: Name): string => `(
    select json_agg(a) from (
      select p.namespace, p.name, p.version, sum(t.pending)::int as pending, sum(t.in_progress)::int as "inProgress"
      from (
        select t.template_id, count(*) as pending, 0 as in_progress from ${name('task')} t
        where t.state = 'pending' group by t.template_id
        union all
        select t.template_id, 0, count(*) from ${name('task')} t where t.state = 'in_progress' group by t.template_id
      ) t join place p on p.template_id = t.template_id and p.step is null
      group by p.namespace, p.name, p.version
    ) a
  )`,

  errors: (name: Name, limit: string): string => `(
    with seen as (
      select p.place, e.category, e.class, e.code, e.n, e.first_at, e.last_at, e.template_id, e.step_no, e.task_id, e.attempt
      from ${ofSpans(name('rollup_error'))} e
      join place p on p.template_id = e.template_id and p.step_no = e.step_no
      union all
      select f.place, f.category, f.class, f.code, 1, f.at, f.at, f.template_id, f.step_no, f.task_id, f.attempt
      from tail f where f.class is not null
    ),
    last_seen as materialized (
      select distinct on (e.category, e.class, e.code) e.*
      from seen e order by e.category, e.class, e.code, e.last_at desc, e.task_id desc
    ),
    at_place as materialized (
      select e.category, e.class, e.code, e.place, sum(e.n) as n from seen e group by e.category, e.class, e.code, e.place
    ),
    pattern as (
      select e.category, e.class, e.code, sum(e.n)::int8 as n, min(e.first_at) as first_at, max(e.last_at) as last_at,
             sum(sum(e.n)) over () as all_errors, count(*) over () as patterns
      from seen e group by e.category, e.class, e.code
    )
    select json_agg(x)
    from (
      select nullif(p.category, '') as "errorCategory", p.class as "errorClass", nullif(p.code, '') as "errorCode",
             p.n as count, p.all_errors::int8 as "allErrors", p.patterns::int as patterns,
             p.first_at as "firstSeenAt", p.last_at as "lastSeenAt",
             (select json_build_object('taskId', l.task_id, 'stepNo', l.step_no, 'attempt', l.attempt,
                                       'templateId', l.template_id, 'step', k.step)
              from last_seen l join place k on k.template_id = l.template_id and k.step_no = l.step_no
              where l.category = p.category and l.class = p.class and l.code = p.code) as sample,
             (select json_agg(json_build_object('namespace', k.namespace, 'name', k.name, 'version', k.version,
                                                'step', k.step, 'count', k.n::int8))
              from (select distinct a.n, k.namespace, k.name, k.version, k.step
                    from at_place a join place k on k.place = a.place
                    where a.category = p.category and a.class = p.class and a.code = p.code
                    order by a.n desc, k.namespace, k.name, k.version, k.step limit 10) k) as places
      from pattern p
      order by p.n desc, p.last_at desc, p.class, p.code, p.category
      limit ${limit}
    ) x
  )`,
} as const;
