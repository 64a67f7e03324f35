-- Ends those of the given tasks in which a step has failed, or was cancelled by itself, and nothing can move any more:
-- they are in error, or cancelled if no step has failed.
-- The rows of the tasks are locked by a statement of their own: the one that looks at the steps must see
-- what others committed while this one waited for the lock.
create or replace function settle_failing_tasks(p_ids uuid[])
returns table (task_id uuid, template_id int, state state, detail json)
language plpgsql
set search_path from current
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  v_failing uuid[];
begin
  select array_agg(l.id) into v_failing from (
    select t.id from task t
    where t.id = any (p_ids) and t.state = 'in_progress' and t.failed_steps > 0
    order by t.id
    for update
  ) l;
  if v_failing is null then
    return;
  end if;

  return query
  with ended as (
    update task t
    set state = case
          when exists (select from step s where s.task_id = t.id and s.state = 'error') then 'error'::state
          else 'cancelled' end,
        revision = t.revision + 1, finished_at = now()
    where t.id = any (v_failing)
      and not exists (select from step s where s.task_id = t.id and s.state = 'in_progress')
      and (t.stopped_at is not null
           or not exists (select from step s where s.task_id = t.id and s.state in ('ready', 'waiting_for_retry')))
    returning t.id, t.template_id, t.state, t.revision, t.awaited, t.correlation_id, t.created_at, t.started_at
  ),
  audit as (
    insert into transition (task_id, step_no, attempt, from_state, to_state, cause)
    select e.id, -1, e.revision, 'in_progress', e.state, case e.state when 'error' then 'failed'::cause else 'cancelled' end
    from ended e
  )
  select e.id, e.template_id, e.state, json_build_array(e.awaited, e.correlation_id, e.created_at, e.started_at)
  from ended e;
end
$$;
