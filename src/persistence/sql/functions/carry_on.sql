-- What becomes of a task after an operator's verb on its steps: it goes on, comes to its end, or stays as it is.
--
-- p_task    as lock_task has found it
-- p_sinks   what its steps change in remaining_sinks, and
-- p_failed  in failed_steps, which counts steps in error and those that were cancelled by themselves: while there are
--           any, the task does not end by its sinks
-- p_lift    a stopped task goes on even with failures left; without, once none is left
-- Returns the state that it has now.
create or replace function carry_on(
  p_task task, p_sinks int, p_failed int, p_lift boolean, p_actor text, p_reason text
) returns state
language plpgsql
set search_path from current
as $$
declare
  v_failed boolean;
  v_runs boolean;
  v_waits boolean;
  v_stopped boolean;
  v_to state;
  v_through cause;
begin
  select coalesce(bool_or(s.state = 'error'), false), coalesce(bool_or(s.state = 'in_progress'), false),
         coalesce(bool_or(s.state in ('ready', 'waiting_for_retry')), false)
  into v_failed, v_runs, v_waits
  from step s where s.task_id = p_task.id;

  v_stopped := p_task.stopped_at is not null and v_failed and not p_lift;
  v_to := case
    when p_task.remaining_sinks + p_sinks = 0 then 'complete'
    when v_runs or (v_waits and not v_stopped) then case p_task.state when 'pending' then 'pending' else 'in_progress' end
    when v_failed then 'error'
    else 'cancelled'
  end;

  if p_task.stopped_at is not null and not v_stopped and p_task.paused_at is null then
    update step s set held = false
    where s.task_id = p_task.id and s.held and s.state in ('pending', 'ready', 'in_progress', 'waiting_for_retry');
  end if;

  -- No task is complete that was not in progress before.
  v_through := case
    when p_task.state = 'error' and v_to in ('in_progress', 'complete') then 'revived'
    when p_task.state = 'pending' and v_to = 'complete' then 'started'
  end;
  with move as (
    select 1 as place, p_task.state as was, 'in_progress'::state as state, v_through as cause
    where v_through is not null
    union all
    select 2, case when v_through is null then p_task.state else 'in_progress' end, v_to,
           case v_to when 'complete' then 'succeeded'::cause when 'error' then 'failed' else 'cancelled' end
    where v_to not in ('pending', 'in_progress') and v_to <> p_task.state
  ),
  audit as (
    insert into transition (task_id, step_no, attempt, from_state, to_state, cause, actor, reason)
    select p_task.id, -1, p_task.revision + row_number() over (order by m.place), m.was, m.state, m.cause, p_actor, p_reason
    from move m
  )
  update task t
  set state = v_to,
      revision = t.revision + (select count(*) from move),
      remaining_sinks = t.remaining_sinks + p_sinks,
      failed_steps = t.failed_steps + p_failed,
      stopped_at = case when v_stopped then t.stopped_at end,
      paused_at = case when v_to in ('pending', 'in_progress', 'error') then t.paused_at end,
      -- Who goes on after an error has all of its time again.
      deadline_at = case
        when p_task.state = 'error' and v_to = 'in_progress'
        then now() + (select p.max_duration_ms * interval '1 ms' from template p where p.id = t.template_id)
        else t.deadline_at end,
      started_at = case when v_to = 'complete' then coalesce(t.started_at, now()) else t.started_at end,
      finished_at = case
        when v_to in ('pending', 'in_progress') then null
        when v_to = p_task.state then t.finished_at
        else now() end
  where t.id = p_task.id;
  return v_to;
end
$$;
