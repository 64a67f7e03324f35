-- An operator settles a step by hand, so that what depends on it can go on: it was resolved elsewhere, is complete with
-- a result, or is skipped. Its running attempt, if any, is told by its worker, and what it brings is refused.
--
-- p_to      resolved_manually, complete or skipped
-- p_result  required for complete, none for skipped
--
-- Rows returned: the step, then the task (step_no null; `was` null where there is none).
create or replace function satisfy_step(
  p_task uuid, p_step int2, p_to state, p_result json, p_actor text, p_reason text
) returns table (
  step_no int2, was state, state state, attempt int2, retry_limit int2, seconds float8, subject json, outcome text
)
language plpgsql
set search_path from current
as $$
#variable_conflict use_column
declare
  v_task task := lock_task(p_task);
  v_step step;
  v_anchors int;
  v_to state;
begin
  select * into v_step from step s where s.task_id = p_task and s.step_no = p_step;
  if v_task.id is null or v_task.state not in ('pending', 'in_progress', 'error')
    or v_step.state <> all (case p_to
      when 'resolved_manually' then '{error}'::state[]
      when 'complete' then '{in_progress,error}'
      else '{pending,ready,in_progress,waiting_for_retry,error}' end)
  then
    return query select i.* from idle_verb(v_task, p_step, 'refused') i;
    return;
  end if;

  update step s
  set state = p_to, result = p_result, error = case when p_to <> 'complete' then s.error end,
      ready_at = null, due_at = null, gate = null, finished_at = now()
  where s.task_id = p_task and s.step_no = p_step;

  with dependent as (
    update step s
    set remaining_parents = s.remaining_parents - 1,
        state = case when s.remaining_parents = 1 then 'ready' else s.state end,
        ready_at = case
          when s.remaining_parents = 1 and s.concurrency_id is null and coalesce(v_task.run_at <= now(), true)
          then now() end,
        gate = case
          when s.remaining_parents = 1 and s.concurrency_id is not null and coalesce(v_task.run_at <= now(), true)
          then case v_task.state when 'pending' then 'task_queue'::gate else 'task_limit' end end,
        due_at = case when s.remaining_parents = 1 and v_task.run_at > now() then v_task.run_at end
    from template_edge e
    where e.template_id = v_task.template_id and e.from_no = p_step
      and s.task_id = p_task and s.step_no = e.to_no and s.state = 'pending'
    returning s.step_no, s.attempt, s.state
  )
  insert into transition (task_id, step_no, attempt, from_state, to_state, cause, worker_id, actor, reason)
  select p_task, p_step, v_step.attempt, v_step.state, p_to,
         case p_to when 'resolved_manually' then 'resolved'::cause when 'complete' then 'completed' else 'skipped' end,
         case when v_step.state = 'in_progress' then v_step.worker_id end, p_actor, p_reason
  union all
  select p_task, d.step_no, d.attempt, 'pending', 'ready', 'ready', null, null, null
  from dependent d where d.state = 'ready';

  -- Nothing waits any more for the parents that a step was skipped ahead of: the task itself has to.
  with anchored as (
    update step s set is_sink = true
    from template_edge e
    where v_step.state = 'pending' and e.template_id = v_task.template_id and e.to_no = p_step
      and s.task_id = p_task and s.step_no = e.from_no
      and not s.is_sink and s.state not in ('complete', 'resolved_manually', 'skipped')
    returning s.step_no
  )
  select count(*) into v_anchors from anchored;

  v_to := carry_on(v_task, v_anchors - v_step.is_sink::int, -(v_step.state = 'error')::int, false, p_actor, p_reason);
  return query
    select p_step, v_step.state, p_to, v_step.attempt, v_step.retry_limit,
           extract(epoch from coalesce(v_step.finished_at, now()) - v_step.started_at)::float8, null::json, 'done'
    union all
    select a.* from verb_answer(v_task, v_to, 'done') a;
end
$$;
