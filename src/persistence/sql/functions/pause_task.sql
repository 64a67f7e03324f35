-- An operator holds a task: nothing more of it starts until it is resumed; attempts that run end as they would.
-- Pausing a task that is paused changes nothing.
-- Row returned: the task (`was` null where there is none).
create or replace function pause_task(p_task uuid, p_actor text, p_reason text)
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
  if v_task.id is null or v_task.state not in ('pending', 'in_progress') or v_task.paused_at is not null then
    return query
      select i.* from idle_verb(v_task, null, case
        when v_task.state in ('pending', 'in_progress') then 'unchanged' else 'refused' end) i;
    return;
  end if;

  -- What runs is marked too: it is not started anew if it comes back to be retried, released or rescued.
  update step s set held = true
  where s.task_id = p_task and not s.held and s.state in ('pending', 'ready', 'in_progress', 'waiting_for_retry');
  update task t set paused_at = now(), revision = t.revision + 1 where t.id = p_task;
  insert into transition (task_id, step_no, attempt, cause, actor, reason)
  values (p_task, -1, v_task.revision + 1, 'paused', p_actor, p_reason);
  return query select a.* from verb_answer(v_task, v_task.state, 'done') a;
end
$$;
