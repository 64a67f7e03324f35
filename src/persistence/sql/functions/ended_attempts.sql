-- What is told of attempts that were lost or timed out: read from the audit, as the steps may be running again by now.
-- counted: how many attempts count against the limit, this one included.
create or replace function ended_attempts(p_t uuid[], p_n int2[], p_a int2[])
returns table (
  task_id uuid, step_no int2, attempt int2, correlation_id text, retry_limit int2, counted int2, seconds float8,
  error json
)
language sql stable
set search_path from current
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
  select i.t, i.n, i.a, t.correlation_id, s.retry_limit, (i.a - s.forgiven)::int2,
         extract(epoch from ended.at - began.at)::float8, ended.detail
  from unnest(p_t, p_n, p_a) as i (t, n, a)
  join task t on t.id = i.t
  join step s on s.task_id = i.t and s.step_no = i.n
  join transition ended on ended.task_id = i.t and ended.step_no = i.n and ended.attempt = i.a
    and ended.cause in ('worker_lost', 'timed_out')
  join transition began on began.task_id = i.t and began.step_no = i.n and began.attempt = i.a
    and began.cause in ('claimed', 'handed_off')
$$;
