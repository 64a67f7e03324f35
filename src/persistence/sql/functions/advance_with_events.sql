-- advance, where handlers have published events, or somebody listens for tasks that come to a standstill.
--
-- p_events       what handlers have published: see record_events; null for nothing
-- p_standstills  whether to look for tasks of the batch at a standstill
--
-- Rows returned: those of advance; 9: a task at a standstill, with [its execution_status, its correlation_id] in `detail`.
create or replace function advance_with_events(
  p_worker int, p_handlers int[],
  p_t uuid[], p_n int2[], p_a int2[], p_r json, p_to state, p_cause cause,
  p_handoff int, p_want int, p_events json, p_standstills boolean
) returns table (
  kind int2, task_id uuid, step_no int2, attempt int2, template_id int, handler_id int, forgiven int2,
  retry_limit int2, state state, detail json
)
language plpgsql
set search_path from current
as $$
#variable_conflict use_column
begin
  if p_events is not null then
    perform record_events(p_worker, p_events);
  end if;
  return query
    select * from advance(p_worker, p_handlers, p_t, p_n, p_a, p_r, p_to, p_cause, p_handoff, p_want);
  if p_standstills and cardinality(p_t) > 0 then
    return query
      select 9::int2, f.task_id, null::int2, null::int2, f.template_id, null::int, null::int2, null::int2, null::state,
             json_build_array(f.execution_status, f.correlation_id)
      from standstills(p_t) f;
  end if;
end
$$;
