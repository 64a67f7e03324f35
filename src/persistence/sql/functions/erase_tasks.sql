-- Removes what tasks have worked with, and leaves what has happened to them: contexts and payloads of events become
-- {"erased": true}; results, inputs and annotations go, also results that came too late and inputs that operators
-- gave, which the audit had kept. Tasks that are erased already stay as they are.
-- Returns how many were erased.
create or replace function erase_tasks(p_tasks uuid[]) returns int
language plpgsql
set search_path from current
set plan_cache_mode = force_custom_plan
as $$
declare
  v_erased constant jsonb := '{"erased": true}';
  v_tasks uuid[];
begin
  if cardinality(p_tasks) = 0 then
    return 0;
  end if;
  v_tasks := array(select t.id from task t where t.id = any (p_tasks) and t.context <> v_erased);
  -- in the order in which all others lock
  perform from step s where s.task_id = any (v_tasks) order by s.task_id, s.step_no for update;
  update task t set context = v_erased, annotations = null where t.id = any (v_tasks);
  update step s set result = null, inputs = null
  where s.task_id = any (v_tasks) and num_nonnulls(s.result, s.inputs) > 0;
  update custom_event e set payload = v_erased::json where e.task_id = any (v_tasks);
  update transition x set detail = (x.detail::jsonb - 'results' - 'inputs')::json
  where x.task_id = any (v_tasks) and x.cause in ('refused', 'updated') and json_typeof(x.detail) = 'object';
  return cardinality(v_tasks);
end
$$;
