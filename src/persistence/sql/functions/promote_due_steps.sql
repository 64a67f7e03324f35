-- Makes steps whose time has come claimable. Rows that are due later cost a claim nothing, however many they are.
-- A limited step goes to its gate. Returns the tasks of these: they wait to be admitted (admit_steps).
create or replace function promote_due_steps() returns table (task_id uuid)
language sql
set search_path from current
set enable_seqscan = off
as $$
  with promoted as (
    update step s
    set due_at = null,
        ready_at = case when s.concurrency_id is null then now() end,
        gate = case
          when s.concurrency_id is null then null
          -- at its first attempt, not a retry: of a task that may have to wait for its place
          when s.attempt = 0 and (select t.max_tasks is not null from template t where t.id = s.template_id)
          then 'task_queue'::gate
          else 'task_limit' end
    from (
      select d.task_id, d.step_no from step d
      where d.due_at <= now() and not d.held
      order by d.due_at
      limit 1000
      for update skip locked
    ) due
    where s.task_id = due.task_id and s.step_no = due.step_no
    returning s.task_id, s.gate
  )
  select distinct p.task_id from promoted p where p.gate is not null
$$;
