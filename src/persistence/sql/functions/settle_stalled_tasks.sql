-- Safety net of settle_failing_tasks: where a step failed and the last moving one finished in two transactions that did
-- not see each other, neither ended the task. Tasks that wait for a retry are not touched: waiting costs no write.
create or replace function settle_stalled_tasks()
returns table (task_id uuid, template_id int, state state, detail json)
language sql
set search_path from current
as $$
  select f.* from settle_failing_tasks(array(
    select t.id from task t
    where t.state = 'in_progress' and t.failed_steps > 0
      and not exists (
        select from step s
        where s.task_id = t.id
          and (s.state = 'in_progress' or (s.state in ('ready', 'waiting_for_retry') and t.stopped_at is null))
      )
    limit 1000
  )) f
$$;
