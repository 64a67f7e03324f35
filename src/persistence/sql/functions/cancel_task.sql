-- Cancels a task and all of its unfinished steps; an attempt that runs is told by its worker, and its result refused.
-- Cancelling a task that is cancelled changes nothing.
-- Rows returned: the steps that were cancelled, then the task (step_no null; `was` null where there is none).
create or replace function cancel_task(p_task uuid, p_actor text, p_reason text)
returns table (
  step_no int2, was state, state state, attempt int2, retry_limit int2, seconds float8, subject json, outcome text
)
language plpgsql
set search_path from current
as $$
#variable_conflict use_column
declare
  v_task task := lock_task(p_task);
begin
  if v_task.id is null or v_task.state not in ('pending', 'in_progress', 'error') then
    return query
      select i.* from idle_verb(v_task, null, case v_task.state when 'cancelled' then 'unchanged' else 'refused' end) i;
    return;
  end if;

  return query select c.* from cancel_steps(v_task, array(
    select s.step_no from step s
    where s.task_id = p_task and s.state not in ('complete', 'resolved_manually', 'skipped', 'cancelled')
  ), p_actor, p_reason) c;

  update task t
  set state = 'cancelled', revision = t.revision + 1, finished_at = now(), paused_at = null, stopped_at = null
  where t.id = p_task;
  insert into transition (task_id, step_no, attempt, from_state, to_state, cause, actor, reason)
  values (p_task, -1, v_task.revision + 1, v_task.state, 'cancelled', 'cancelled', p_actor, p_reason);
  return query select a.* from verb_answer(v_task, 'cancelled', 'done') a;
end
$$;
