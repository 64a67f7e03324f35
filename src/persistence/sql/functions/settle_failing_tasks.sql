-- Ends those of the given tasks in which a step has failed and nothing can move any more.
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
    set state = 'error', revision = t.revision + 1, finished_at = now()
    from template p
    where t.id = any (v_failing) and p.id = t.template_id
      and not exists (select from step s where s.task_id = t.id and s.state = 'in_progress')
      and (p.stop_on_first_failure
           or not exists (select from step s where s.task_id = t.id and s.state in ('ready', 'waiting_for_retry')))
    returning t.id, t.template_id, t.state, t.revision, t.awaited, t.correlation_id, t.created_at, t.started_at
  ),
  audit as (
    insert into transition (task_id, step_no, attempt, from_state, to_state, cause)
    select e.id, -1, e.revision, 'in_progress', 'error', 'failed' from ended e
  )
  select e.id, e.template_id, e.state, json_build_array(e.awaited, e.correlation_id, e.created_at, e.started_at)
  from ended e;
end
$$;
