-- Cancels a task and all of its unfinished steps; an attempt that runs is told by its worker, and its result refused.
-- Rows returned: first the task as it was found (`was` null where there is none), then the steps that were cancelled.
-- Where the task had ended already, nothing changes: `state` is the state it has.
create or replace function cancel_task(p_task uuid, p_actor text, p_reason text)
returns table (was state, state state, template_id int, step_no int2, attempt int2, step_was state)
language plpgsql
set search_path from current
as $$
#variable_conflict use_column
declare
  v_task task;
begin
  select * into v_task from task t where t.id = p_task for update;
  if v_task.state is null or v_task.state in ('complete', 'cancelled', 'resolved_manually') then
    return query select v_task.state, v_task.state, v_task.template_id, null::int2, null::int2, null::state;
    return;
  end if;

  return query select v_task.state, 'cancelled'::state, v_task.template_id, null::int2, null::int2, null::state;
  return query
  with before as (
    select s.step_no, s.state from step s
    where s.task_id = p_task and s.state not in ('complete', 'resolved_manually', 'skipped', 'cancelled')
    for update
  ),
  cancelled as (
    update step s
    set state = 'cancelled', ready_at = null, due_at = null, finished_at = now()
    from before b
    where s.task_id = p_task and s.step_no = b.step_no
    returning s.step_no, s.attempt, s.worker_id, b.state as was
  ),
  ended as (
    update task t set state = 'cancelled', revision = t.revision + 1, finished_at = now()
    where t.id = p_task
    returning t.revision
  ),
  audit as (
    insert into transition (task_id, step_no, attempt, from_state, to_state, cause, worker_id, actor, reason)
    select p_task, c.step_no, c.attempt, c.was, 'cancelled'::state, 'cancelled'::cause,
           case when c.was = 'in_progress' then c.worker_id end, p_actor, p_reason
    from cancelled c
    union all
    select p_task, -1, e.revision, v_task.state, 'cancelled', 'cancelled', null, p_actor, p_reason from ended e
  )
  select null::state, 'cancelled'::state, v_task.template_id, c.step_no, c.attempt, c.was from cancelled c;
end
$$;
