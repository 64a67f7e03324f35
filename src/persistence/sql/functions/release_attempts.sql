-- Gives attempts back unfinished (a draining worker, an open circuit): their steps are ready at once, with the permits
-- that they hold, and the attempts do not count.
create or replace function release_attempts(p_worker int, p_t uuid[], p_n int2[], p_a int2[], p_reason text default null)
returns table (task_id uuid, step_no int2, attempt int2)
language sql
set search_path from current
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
  with released as (
    update step s
    set state = 'ready', forgiven = s.forgiven + 1, ready_at = now(), started_at = null
    from unnest(p_t, p_n, p_a) as i (t, n, a)
    where s.task_id = i.t and s.step_no = i.n
      and s.state = 'in_progress' and s.attempt = i.a and s.worker_id = p_worker
    returning s.task_id, s.step_no, s.attempt
  ),
  audit as (
    insert into transition (task_id, step_no, attempt, from_state, to_state, cause, worker_id, reason)
    select r.task_id, r.step_no, r.attempt, 'in_progress', 'ready', 'released', p_worker, p_reason from released r
  )
  select r.task_id, r.step_no, r.attempt from released r
$$;
