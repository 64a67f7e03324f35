-- An operator settles a task in error by hand: its failed steps are resolved, and what has not started is cancelled.
-- Rows returned: the steps that were changed, then the task (step_no null; `was` null where there is none).
create or replace function resolve_task(p_task uuid, p_actor text, p_reason text)
returns table (
  step_no int2, was state, state state, attempt int2, retry_limit int2, seconds float8, subject json, outcome text
)
language plpgsql
set search_path from current
as $$
#variable_conflict use_column
declare
  v_task task := lock_task(p_task);
  v_waiting int2[];
  v_sinks int;
  v_failed int;
begin
  if v_task.id is null or v_task.state <> 'error' then
    return query select i.* from idle_verb(v_task, null, 'refused') i;
    return;
  end if;

  select coalesce(array_agg(s.step_no) filter (where s.state <> 'error'), '{}'),
         count(*) filter (where s.state = 'error'), count(*) filter (where s.state = 'error' and s.is_sink)
  into v_waiting, v_failed, v_sinks
  from step s
  where s.task_id = p_task and s.state not in ('complete', 'resolved_manually', 'skipped', 'cancelled');

  return query select c.* from cancel_steps(v_task, v_waiting, p_actor, p_reason) c;
  return query
  with resolved as (
    update step s
    set state = 'resolved_manually', finished_at = now()
    where s.task_id = p_task and s.state = 'error'
    returning s.step_no, s.state, s.attempt, s.retry_limit
  ),
  audit as (
    insert into transition (task_id, step_no, attempt, from_state, to_state, cause, actor, reason)
    select p_task, r.step_no, r.attempt, 'error', r.state, 'resolved', p_actor, p_reason from resolved r
  )
  select r.step_no, 'error'::state, r.state, r.attempt, r.retry_limit, null::float8, null::json, 'done' from resolved r;

  update task t
  set state = 'resolved_manually', revision = t.revision + 1, finished_at = now(), paused_at = null, stopped_at = null,
      remaining_sinks = t.remaining_sinks - v_sinks,
      failed_steps = t.failed_steps - v_failed + cardinality(v_waiting)
  where t.id = p_task;
  insert into transition (task_id, step_no, attempt, from_state, to_state, cause, actor, reason)
  values (p_task, -1, v_task.revision + 1, 'error', 'resolved_manually', 'resolved', p_actor, p_reason);
  return query select a.* from verb_answer(v_task, 'resolved_manually', 'done') a;
end
$$;
