-- Adds rows of the audit to the roll-ups: see audit_facts() for which, and as what. The caller holds rollup_cursor, and sees
-- to it that none is added twice.
create or replace function roll_up_rows(p_after int8, p_upto int8, p_tasks uuid[]) returns void
language sql
set search_path from current
as $$
  with fact as materialized (
    select f.*, date_bin('1 minute', f.at, '2000-01-01 00:00+00') as minute
    from audit_facts(p_after, p_upto, p_tasks) f
  ),
  grain (seconds, length) as (
    values (60, interval '1 minute'), (3600, interval '1 hour'), (86400, interval '1 day')
  ),
  bucket as (
    select f.minute, f.template_id, f.step_no, duration_bucket(f.duration)::int8 as bucket, count(*) as durations, 0 as waits
    from fact f where f.duration is not null
    group by f.minute, f.template_id, f.step_no, 4
    union all
    select f.minute, f.template_id, f.step_no, duration_bucket(f.wait)::int8, 0, count(*)
    from fact f where f.wait is not null
    group by f.minute, f.template_id, f.step_no, 4
  ),
  histogram as (
    select b.grain, b.begin, b.template_id, b.step_no,
           array_agg((b.bucket << 48) + b.durations order by b.bucket) filter (where b.durations > 0) as durations,
           array_agg((b.bucket << 48) + b.waits order by b.bucket) filter (where b.waits > 0) as waits
    from (
      select g.seconds as grain, date_bin(g.length, m.minute, '2000-01-01 00:00+00') as begin, m.template_id, m.step_no,
             m.bucket, sum(m.durations)::int8 as durations, sum(m.waits)::int8 as waits
      from bucket m cross join grain g
      group by g.seconds, begin, m.template_id, m.step_no, m.bucket
    ) b
    group by b.grain, b.begin, b.template_id, b.step_no
  ),
  minute as (
    select f.minute, f.template_id, f.step_no,
           sum(f.created) as created, sum(f.begun) as begun, sum(f.succeeded) as succeeded, sum(f.failed) as failed,
           sum(f.timed_out) as timed_out, sum(f.worker_lost) as worker_lost, sum(f.released) as released,
           sum(f.cut_off) as cut_off, sum(f.refused) as refused, sum(f.retries) as retries,
           sum(f.retries_succeeded) as retries_succeeded, sum(f.completed) as completed, sum(f.errored) as errored,
           sum(f.skipped) as skipped, sum(f.cancelled) as cancelled, sum(f.abandoned) as abandoned,
           sum(f.resolved) as resolved, sum(f.revived) as revived,
           count(f.duration) as duration_n, coalesce(sum(f.duration), 0) as duration_sum,
           min(f.duration) as duration_min, max(f.duration) as duration_max,
           count(f.wait) as wait_n, coalesce(sum(f.wait), 0) as wait_sum, min(f.wait) as wait_min, max(f.wait) as wait_max
    from fact f
    group by f.minute, f.template_id, f.step_no
  ),
  total as (
    select g.seconds as grain, date_bin(g.length, m.minute, '2000-01-01 00:00+00') as begin, m.template_id, m.step_no,
           sum(m.created) as created, sum(m.begun) as begun, sum(m.succeeded) as succeeded, sum(m.failed) as failed,
           sum(m.timed_out) as timed_out, sum(m.worker_lost) as worker_lost, sum(m.released) as released,
           sum(m.cut_off) as cut_off, sum(m.refused) as refused, sum(m.retries) as retries,
           sum(m.retries_succeeded) as retries_succeeded, sum(m.completed) as completed, sum(m.errored) as errored,
           sum(m.skipped) as skipped, sum(m.cancelled) as cancelled, sum(m.abandoned) as abandoned,
           sum(m.resolved) as resolved, sum(m.revived) as revived,
           sum(m.duration_n) as duration_n, sum(m.duration_sum) as duration_sum,
           min(m.duration_min) as duration_min, max(m.duration_max) as duration_max,
           sum(m.wait_n) as wait_n, sum(m.wait_sum) as wait_sum, min(m.wait_min) as wait_min, max(m.wait_max) as wait_max
    from minute m cross join grain g
    group by g.seconds, begin, m.template_id, m.step_no
  ),
  slowest as (
    select distinct on (g.seconds, begin, f.template_id)
           g.seconds as grain, date_bin(g.length, f.minute, '2000-01-01 00:00+00') as begin, f.template_id, f.task_id
    from fact f cross join grain g
    where f.step_no < 0 and f.duration is not null
    order by g.seconds, begin, f.template_id, f.duration desc, f.task_id
  ),
  totals as (
    insert into rollup_totals as r (
      grain, template_id, at, step_no, created, begun, succeeded, failed, timed_out, worker_lost, released, cut_off,
      refused, retries, retries_succeeded, completed, errored, skipped, cancelled, abandoned, resolved, revived,
      duration_n, duration_sum, duration_min, duration_max, slowest_task, wait_n, wait_sum, wait_min, wait_max,
      durations, waits)
    select t.grain, t.template_id, t.begin, t.step_no, t.created, t.begun, t.succeeded, t.failed, t.timed_out,
           t.worker_lost, t.released, t.cut_off, t.refused, t.retries, t.retries_succeeded, t.completed, t.errored,
           t.skipped, t.cancelled, t.abandoned, t.resolved, t.revived, t.duration_n, t.duration_sum, t.duration_min,
           t.duration_max, s.task_id, t.wait_n, t.wait_sum, t.wait_min, t.wait_max,
           coalesce(h.durations, '{}'), coalesce(h.waits, '{}')
    from total t
    left join histogram h
      on h.grain = t.grain and h.begin = t.begin and h.template_id = t.template_id and h.step_no = t.step_no
    left join slowest s on s.grain = t.grain and s.begin = t.begin and s.template_id = t.template_id and t.step_no < 0
    on conflict (grain, template_id, at, step_no) do update set
      created = r.created + excluded.created, begun = r.begun + excluded.begun,
      succeeded = r.succeeded + excluded.succeeded, failed = r.failed + excluded.failed,
      timed_out = r.timed_out + excluded.timed_out, worker_lost = r.worker_lost + excluded.worker_lost,
      released = r.released + excluded.released, cut_off = r.cut_off + excluded.cut_off,
      refused = r.refused + excluded.refused, retries = r.retries + excluded.retries,
      retries_succeeded = r.retries_succeeded + excluded.retries_succeeded,
      completed = r.completed + excluded.completed, errored = r.errored + excluded.errored,
      skipped = r.skipped + excluded.skipped, cancelled = r.cancelled + excluded.cancelled,
      abandoned = r.abandoned + excluded.abandoned, resolved = r.resolved + excluded.resolved,
      revived = r.revived + excluded.revived,
      duration_n = r.duration_n + excluded.duration_n, duration_sum = r.duration_sum + excluded.duration_sum,
      duration_min = least(r.duration_min, excluded.duration_min),
      duration_max = greatest(r.duration_max, excluded.duration_max),
      slowest_task = case when r.duration_max >= excluded.duration_max or excluded.duration_max is null
                          then r.slowest_task else excluded.slowest_task end,
      wait_n = r.wait_n + excluded.wait_n, wait_sum = r.wait_sum + excluded.wait_sum,
      wait_min = least(r.wait_min, excluded.wait_min), wait_max = greatest(r.wait_max, excluded.wait_max),
      durations = merge_histograms(r.durations, excluded.durations), waits = merge_histograms(r.waits, excluded.waits)
  )
  insert into rollup_error as r (grain, template_id, at, step_no, category, class, code, n, first_at, last_at, task_id, attempt)
  select g.seconds, f.template_id, date_bin(g.length, f.minute, '2000-01-01 00:00+00') as begin, f.step_no,
         f.category, f.class, f.code, count(*), min(f.at), max(f.at),
         (array_agg(f.task_id order by f.at desc, f.task_id desc))[1],
         (array_agg(f.attempt order by f.at desc, f.task_id desc))[1]
  from fact f cross join grain g
  where f.class is not null
  group by g.seconds, f.template_id, begin, f.step_no, f.category, f.class, f.code
  on conflict (grain, template_id, at, step_no, category, class, code) do update set
    n = r.n + excluded.n, first_at = least(r.first_at, excluded.first_at), last_at = greatest(r.last_at, excluded.last_at),
    task_id = case when excluded.last_at >= r.last_at then excluded.task_id else r.task_id end,
    attempt = case when excluded.last_at >= r.last_at then excluded.attempt else r.attempt end
$$;
