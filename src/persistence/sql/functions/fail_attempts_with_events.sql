-- fail_attempts, where handlers have published events, or somebody listens for tasks that come to a standstill.
--
-- p_events       what handlers have published: see record_events; null for nothing
-- p_standstills  whether to look for tasks of the batch at a standstill
--
-- Rows returned: those of fail_attempts; a task at a standstill has step_no -1, and [why, its correlation_id] in `detail`.
create or replace function fail_attempts_with_events(
  p_worker int, p_failures json, p_events json, p_standstills boolean
) returns table (task_id uuid, step_no int2, attempt int2, template_id int, state state, detail json)
language plpgsql
set search_path from current
as $$
#variable_conflict use_column
begin
  if p_events is not null then
    perform record_events(p_worker, p_events);
  end if;
  return query select * from fail_attempts(p_worker, p_failures);
  if p_standstills then
    return query
      select f.task_id, (-1)::int2, null::int2, f.template_id, null::state, json_build_array(f.execution_status, f.correlation_id)
      from standstills((select array_agg(distinct i.t) from json_to_recordset(p_failures) as i (t uuid))) f;
  end if;
end
$$;
