-- An operator lets a paused task go on. What a stop holds, it goes on to hold.
-- Row returned: the task (`was` null where there is none).
create or replace function resume_task(p_task uuid, p_actor text, p_reason text)
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
  if v_task.id is null or v_task.state not in ('pending', 'in_progress', 'error') or v_task.paused_at is null then
    return query select i.* from idle_verb(v_task, null, 'refused') i;
    return;
  end if;

  update step s set held = false
  where s.task_id = p_task and s.held and v_task.stopped_at is null
    and s.state in ('pending', 'ready', 'in_progress', 'waiting_for_retry');
  -- The time of a pause is not the task's.
  update task t
  set paused_at = null, revision = t.revision + 1, deadline_at = t.deadline_at + (now() - t.paused_at)
  where t.id = p_task;
  insert into transition (task_id, step_no, attempt, cause, actor, reason)
  values (p_task, -1, v_task.revision + 1, 'resumed', p_actor, p_reason);
  return query select a.* from verb_answer(v_task, v_task.state, 'done') a;
end
$$;
