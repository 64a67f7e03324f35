-- The answer of a verb that changes nothing: it is 'refused' in the state that the task or the step is in, or the state
-- is there already ('unchanged'). Rows returned: the step, if there is one, then the task.
create or replace function idle_verb(p_task task, p_step int2, p_outcome text)
returns table (
  step_no int2, was state, state state, attempt int2, retry_limit int2, seconds float8, subject json, outcome text
)
language sql stable
set search_path from current
as $$
  select s.step_no, s.state, s.state, s.attempt, s.retry_limit, null::float8, null::json, p_outcome
  from step s where s.task_id = p_task.id and s.step_no = p_step
  union all
  select a.* from verb_answer(p_task, p_task.state, p_outcome) a
$$;
