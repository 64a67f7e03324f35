-- Those of the tasks that are in progress though none of their steps runs or could be claimed now, and why: as
-- execution_status says it. The tasks are locked, so that of several attempts that end at the same time the last one
-- finds it, and no other.
create or replace function standstills(p_tasks uuid[])
returns table (task_id uuid, template_id int, execution_status text, correlation_id text)
language plpgsql
set search_path from current
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
as $$
#variable_conflict use_column
begin
  perform from task t where t.id = any (p_tasks) and t.state = 'in_progress' order by t.id for no key update;

  return query
    select t.id, t.template_id,
           case
             when exists (select from step s where s.task_id = t.id and s.due_at is not null and not s.held)
             then 'waiting_for_retry'
             when exists (select from step s where s.task_id = t.id and s.state = 'error') then 'blocked_by_failures'
             else 'waiting_for_dependencies'
           end,
           t.correlation_id
    from task t
    where t.id = any (p_tasks) and t.state = 'in_progress'
      and not exists (
        select from step s
        where s.task_id = t.id
          and (s.state = 'in_progress'
               or (s.ready_at is not null or s.gate is not null or s.due_at <= now()) and not s.held)
      );
end
$$;
