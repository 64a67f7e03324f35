-- What a verb answers of its task: a row without a step. `subject` holds what is told of it: its template, its
-- correlation id, when it started, whether it is paused, and whether failures keep it from completing.
create or replace function verb_answer(p_task task, p_state state, p_outcome text)
returns table (
  step_no int2, was state, state state, attempt int2, retry_limit int2, seconds float8, subject json, outcome text
)
language sql immutable
as $$
  select null::int2, p_task.state, p_state, null::int2, null::int2, null::float8,
         json_build_array(p_task.template_id, p_task.correlation_id, p_task.started_at,
                          p_task.paused_at is not null, p_task.failed_steps > 0), p_outcome
$$;
