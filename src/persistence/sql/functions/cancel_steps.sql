-- Cancels steps of a task that is locked. Rows returned: the steps.
create or replace function cancel_steps(p_task task, p_steps int2[], p_actor text, p_reason text)
returns table (
  step_no int2, was state, state state, attempt int2, retry_limit int2, seconds float8, subject json, outcome text
)
language sql
set search_path from current
as $$
  with before as (
    select s.step_no, s.state from step s where s.task_id = p_task.id and s.step_no = any (p_steps)
  ),
  cancelled as (
    update step s
    set state = 'cancelled', ready_at = null, due_at = null, gate = null, finished_at = now()
    from before b
    where s.task_id = p_task.id and s.step_no = b.step_no
    returning s.step_no, b.state as was, s.state, s.attempt, s.retry_limit, s.worker_id
  ),
  audit as (
    insert into transition (task_id, step_no, attempt, from_state, to_state, cause, worker_id, actor, reason)
    select p_task.id, c.step_no, c.attempt, c.was, 'cancelled', 'cancelled',
           case when c.was = 'in_progress' then c.worker_id end, p_actor, p_reason
    from cancelled c
  )
  select c.step_no, c.was, c.state, c.attempt, c.retry_limit, null::float8, null::json, 'done' from cancelled c
$$;
