-- Locks what an operator's verb may change: the steps of a task that are not finished, then the task, as every
-- transaction does. Steps that run come before those that wait, as a settlement locks a step before its dependents.
-- Answers the task as it is under the lock; null where there is none.
create or replace function lock_task(p_task uuid) returns task
language plpgsql
set search_path from current
as $$
declare
  v_task task;
begin
  perform from step s
  where s.task_id = p_task and s.state not in ('complete', 'resolved_manually', 'skipped', 'cancelled')
  order by s.state <> 'in_progress', s.step_no
  for update;

  select * into v_task from task t where t.id = p_task for update;
  return v_task;
end
$$;
