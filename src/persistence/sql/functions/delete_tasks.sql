-- Deletes tasks with all that belongs to them: steps, audit, custom events, idempotency keys, and events that
-- subscriptions had parked, for there is nothing left to deliver. What may be deleted is for the caller to know. Figures
-- keep what happened to them.
-- Returns how many tasks and how many parked events.
create or replace function delete_tasks(p_tasks uuid[]) returns table (deleted int, parked int)
language plpgsql
set search_path from current
-- the partitions that the tasks have rows in are told from their ids
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
begin
  deleted := 0;
  parked := 0;
  if cardinality(p_tasks) > 0 then
    -- in the order in which all others lock
    perform from step s where s.task_id = any (p_tasks) order by s.task_id, s.step_no for update;
    perform from task t where t.id = any (p_tasks) order by t.id for update;
    perform roll_up_tasks(p_tasks);
    delete from delivery d where d.task_id = any (p_tasks);
    get diagnostics parked = row_count;
    delete from custom_event e where e.task_id = any (p_tasks);
    delete from transition x where x.task_id = any (p_tasks);
    delete from idempotency_key k where k.task_id = any (p_tasks);
    delete from step s where s.task_id = any (p_tasks);
    delete from task t where t.id = any (p_tasks);
    get diagnostics deleted = row_count;
  end if;
  return next;
end
$$;
