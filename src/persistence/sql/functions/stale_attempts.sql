-- Those of the given attempts that are no longer live in this worker's hands: cancelled, timed out, or lost to another.
create or replace function stale_attempts(p_worker int, p_t uuid[], p_n int2[], p_a int2[])
returns table (task_id uuid, step_no int2, attempt int2)
language sql stable
set search_path from current
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
  select i.t, i.n, i.a
  from unnest(p_t, p_n, p_a) as i (t, n, a)
  left join step s on s.task_id = i.t and s.step_no = i.n
    and s.state = 'in_progress' and s.attempt = i.a and s.worker_id = p_worker
  where s.task_id is null
$$;
