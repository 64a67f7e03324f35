-- Gives back what the worker holds without knowing it: a claim whose answer was lost with its connection.
-- p_t, p_n, p_a are the attempts that it does know of.
create or replace function release_orphans(p_worker int, p_t uuid[], p_n int2[], p_a int2[])
returns table (task_id uuid, step_no int2, attempt int2)
language sql
set search_path from current
as $$
  with orphan as (
    select s.task_id, s.step_no, s.attempt
    from task t join step s on s.task_id = t.id and s.state = 'in_progress' and s.worker_id = p_worker
    where t.state = 'in_progress'
      and not exists (
        select from unnest(p_t, p_n, p_a) as k (t, n, a) where k.t = s.task_id and k.n = s.step_no and k.a = s.attempt
      )
  )
  select r.* from (
    select array_agg(o.task_id) as t, array_agg(o.step_no) as n, array_agg(o.attempt) as a from orphan o
  ) o
  cross join lateral release_attempts(p_worker, o.t, o.n, o.a) r
  where o.t is not null
$$;
