-- An operator gives a step that is not finished another retry limit or other inputs, for the attempts that it makes from
-- now on; null leaves what is there.
-- Rows returned: the step, then the task (step_no null; `was` null where there is none).
create or replace function update_step(
  p_task uuid, p_step int2, p_retry_limit int2, p_inputs json, p_actor text, p_reason text
) returns table (
  step_no int2, was state, state state, attempt int2, retry_limit int2, seconds float8, subject json, outcome text
)
language plpgsql
set search_path from current
as $$
#variable_conflict use_column
declare
  v_task task;
  v_changed int;
begin
  update step s
  set retry_limit = coalesce(p_retry_limit, s.retry_limit), inputs = coalesce(p_inputs, s.inputs)
  where s.task_id = p_task and s.step_no = p_step
    and s.state in ('pending', 'ready', 'in_progress', 'waiting_for_retry', 'error');
  get diagnostics v_changed = row_count;

  select * into v_task from task t where t.id = p_task for update;
  if v_changed > 0 then
    perform note_update(p_task, json_build_object('step_no', p_step, 'retry_limit', p_retry_limit, 'inputs', p_inputs),
                        p_actor, p_reason);
  end if;
  return query select i.* from idle_verb(v_task, p_step, case when v_changed > 0 then 'done' else 'refused' end) i;
end
$$;
