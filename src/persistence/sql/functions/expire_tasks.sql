-- Ends tasks that are past their max_duration_seconds: what runs has timed out, nothing else is started, and the task
-- is in error. An operator's retry gives it a new term. The time of a task that is paused stands still.
-- Rows returned: a step whose attempt was ended, or a task that settled.
create or replace function expire_tasks(p_error json)
returns table (task_id uuid, step_no int2, attempt int2, template_id int, state state, detail json)
language plpgsql
set search_path from current
set enable_seqscan = off
as $$
#variable_conflict use_column
declare
  v_expired uuid[];
begin
  select array_agg(l.id) into v_expired from (
    select t.id from task t
    where t.state = 'in_progress' and t.deadline_at < now() and t.paused_at is null
    order by t.deadline_at limit 100
  ) l;
  if v_expired is null then
    return;
  end if;

  perform from step s
  where s.task_id = any (v_expired) and s.state in ('pending', 'ready', 'in_progress', 'waiting_for_retry')
  order by s.task_id, s.state <> 'in_progress', s.step_no
  for update;
  select array_agg(l.id) into v_expired from (
    select t.id from task t
    where t.id = any (v_expired) and t.state = 'in_progress' and t.deadline_at < now() and t.paused_at is null
    order by t.id
    for update
  ) l;

  return query
  with ended as (
    update step s
    set state = 'error', error = p_error, finished_at = now(), gate = null
    where s.task_id = any (v_expired) and s.state = 'in_progress'
    returning s.task_id, s.step_no, s.attempt, s.template_id, s.worker_id
  ),
  held as (
    update step s set held = true
    where s.task_id = any (v_expired) and s.state in ('pending', 'ready', 'waiting_for_retry') and not s.held
  ),
  expired as (
    update task t
    set state = 'error', revision = t.revision + 1, finished_at = now(), stopped_at = now(),
        failed_steps = t.failed_steps + (select count(*) from ended e where e.task_id = t.id)
    where t.id = any (v_expired)
    returning t.id, t.template_id, t.state, t.revision, t.awaited, t.correlation_id, t.created_at, t.started_at
  ),
  audit as (
    insert into transition (task_id, step_no, attempt, from_state, to_state, cause, worker_id, detail)
    select e.task_id, e.step_no, e.attempt, 'in_progress'::state, 'error'::state, 'timed_out'::cause, e.worker_id, p_error
    from ended e
    union all
    select x.id, -1, x.revision, 'in_progress', 'error', 'expired', null, p_error from expired x
  )
  select e.task_id, e.step_no, e.attempt, e.template_id, 'error'::state, null::json from ended e
  union all
  select x.id, null, null, x.template_id, x.state,
         json_build_array(x.awaited, x.correlation_id, x.created_at, x.started_at)
  from expired x;
end
$$;
