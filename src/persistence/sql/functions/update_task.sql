-- An operator gives a task other tags, another reason or another priority; null leaves what is there. The priority is
-- also that of its steps which are not finished. Values that are there already change nothing.
-- Row returned: the task (`was` null where there is none).
create or replace function update_task(p_task uuid, p_tags text[], p_reason text, p_priority int2, p_actor text)
returns table (
  step_no int2, was state, state state, attempt int2, retry_limit int2, seconds float8, subject json, outcome text
)
language plpgsql
set search_path from current
as $$
#variable_conflict use_column
declare
  v_task task;
begin
  if p_priority is not null then
    v_task := lock_task(p_task);
  else
    select * into v_task from task t where t.id = p_task for update;
  end if;
  p_tags := nullif(p_tags, v_task.tags);
  p_reason := nullif(p_reason, v_task.reason);
  p_priority := nullif(p_priority, v_task.priority);
  if v_task.id is null or (p_tags is null and p_reason is null and p_priority is null) then
    return query select i.* from idle_verb(v_task, null, 'unchanged') i;
    return;
  end if;

  update step s set priority = p_priority
  where s.task_id = p_task and p_priority is not null
    and s.state in ('pending', 'ready', 'in_progress', 'waiting_for_retry', 'error');
  update task t
  set tags = coalesce(p_tags, t.tags), reason = coalesce(p_reason, t.reason), priority = coalesce(p_priority, t.priority)
  where t.id = p_task;
  perform note_update(p_task, json_build_object('tags', p_tags, 'reason', p_reason, 'priority', p_priority), p_actor, null);
  return query select a.* from verb_answer(v_task, v_task.state, 'done') a;
end
$$;
