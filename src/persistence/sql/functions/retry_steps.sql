-- An operator has a step tried again, or all failed steps of a task: attempts made so far do not count, and the task
-- revives. A step that waits for its retry is due at once.
--
-- p_step                   null for all failed steps
-- p_retry_limit            of those that are retryable; null to leave theirs
-- p_inputs                 null to leave theirs
--
-- Rows returned: the steps that were changed, then the task (step_no null; `was` null where there is none).
create or replace function retry_steps(
  p_task uuid, p_step int2, p_retry_limit int2, p_inputs json, p_actor text, p_reason text
) returns table (
  step_no int2, was state, state state, attempt int2, retry_limit int2, seconds float8, subject json, outcome text
)
language plpgsql
set search_path from current
as $$
#variable_conflict use_column
declare
  v_task task := lock_task(p_task);
  v_steps int2[];
  v_failed int;
  v_to state;
begin
  select coalesce(array_agg(s.step_no), '{}'), count(*) filter (where s.state = 'error') into v_steps, v_failed
  from step s
  where s.task_id = p_task
    and (p_step is null and s.state = 'error' or s.step_no = p_step and s.state in ('waiting_for_retry', 'error'));

  if v_task.id is null or v_task.state not in ('pending', 'in_progress', 'error')
    -- A task whose time ran out may be in error without a failed step.
    or (v_steps = '{}' and (p_step is not null or v_task.state <> 'error'))
  then
    return query select i.* from idle_verb(v_task, p_step, 'refused') i;
    return;
  end if;

  return query
  with before as (
    select s.step_no, s.state,
           coalesce((p.definition -> 'steps' -> s.step_no::int ->> 'retryable')::boolean, true) as retryable
    from step s join template p on p.id = s.template_id
    where s.task_id = p_task and s.step_no = any (v_steps)
  ),
  retried as (
    update step s
    set state = case b.state when 'error' then 'ready'::state else s.state end,
        forgiven = s.attempt, losses = 0, held = v_task.paused_at is not null,
        ready_at = case when s.concurrency_id is null then coalesce(s.ready_at, now()) else s.ready_at end,
        gate = case when s.concurrency_id is not null then coalesce(s.gate, 'task_limit') end,
        due_at = null, finished_at = null,
        retry_limit = case when b.retryable then coalesce(p_retry_limit, s.retry_limit) else s.retry_limit end,
        inputs = coalesce(p_inputs, s.inputs)
    from before b
    where s.task_id = p_task and s.step_no = b.step_no
    returning s.step_no, b.state as was, s.state, s.attempt, s.retry_limit
  ),
  audit as (
    insert into transition (task_id, step_no, attempt, from_state, to_state, cause, actor, reason)
    select p_task, r.step_no, r.attempt, case r.was when 'error' then r.was end, case r.was when 'error' then r.state end,
           'retried', p_actor, p_reason
    from retried r
    -- One that waits, and was retried before without having started since, is on record.
    on conflict do nothing
  )
  select r.step_no, r.was, r.state, r.attempt, r.retry_limit, null::float8, null::json, 'done' from retried r;

  v_to := carry_on(v_task, 0, -v_failed, true, p_actor, p_reason);
  if p_retry_limit is not null or p_inputs is not null then
    perform note_update(p_task, json_build_object('step_no', p_step, 'retry_limit', p_retry_limit, 'inputs', p_inputs),
                        p_actor, p_reason);
  end if;
  return query select a.* from verb_answer(v_task, v_to, 'done') a;
end
$$;
