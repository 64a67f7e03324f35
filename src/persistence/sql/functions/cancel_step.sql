-- An operator cancels a step, and with it everything that depends on it, directly or not. Its running attempt, if any,
-- is told by its worker, and what it brings is refused. The rest of the task goes on.
-- Cancelling a step that is cancelled changes nothing.
-- Rows returned: the steps that were cancelled, then the task (step_no null; `was` null where there is none).
create or replace function cancel_step(p_task uuid, p_step int2, p_actor text, p_reason text)
returns table (
  step_no int2, was state, state state, attempt int2, retry_limit int2, seconds float8, subject json, outcome text
)
language plpgsql
set search_path from current
as $$
#variable_conflict use_column
declare
  v_task task := lock_task(p_task);
  v_steps int2[];
  v_newly_failed int;
  v_to state;
begin
  -- Those that are in error are counted as failed already.
  select array_agg(d.step_no), count(*) filter (where d.state <> 'error') into v_steps, v_newly_failed
  from doomed_steps(v_task, p_step) d;
  if v_steps is null or v_task.state not in ('pending', 'in_progress', 'error') then
    return query select i.* from idle_verb(v_task, p_step, case
      when exists (select from step s where s.task_id = p_task and s.step_no = p_step and s.state = 'cancelled')
      then 'unchanged' else 'refused' end) i;
    return;
  end if;

  return query select c.* from cancel_steps(v_task, v_steps, p_actor, p_reason) c;
  v_to := carry_on(v_task, 0, v_newly_failed, false, p_actor, p_reason);
  return query select a.* from verb_answer(v_task, v_to, 'done') a;
end
$$;
