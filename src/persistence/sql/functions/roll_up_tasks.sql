-- Adds to the roll-ups what these tasks have left in the audit beyond the cursor. For who deletes the tasks in the same
-- transaction: nothing of them is left to be added again.
create or replace function roll_up_tasks(p_tasks uuid[]) returns void
language plpgsql
set search_path from current
-- the partitions that the tasks have rows in are told from their ids
set plan_cache_mode = force_custom_plan
as $$
declare
  v_after int8 := coalesce((select c.position from rollup_cursor c), 0);
begin
  if not exists (select from transition x where x.task_id = any (p_tasks) and x.audit_no > v_after) then
    return;
  end if;
  insert into rollup_cursor (position) values (0) on conflict do nothing;
  -- whoever rolls up at this moment has done so afterwards, or finds none of these rows
  select c.position into v_after from rollup_cursor c for update;
  perform roll_up_rows(v_after, 9223372036854775807, p_tasks);
end
$$;
