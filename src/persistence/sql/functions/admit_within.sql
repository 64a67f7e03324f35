-- Lets the steps of one template, over all of its versions, through their gates: from the queue of tasks to the limit of
-- each task, from there to the limit of the template, from there into the pool. One transaction at a time for a template;
-- permits are counted from the rows that hold them.
--
-- Rows are locked only where that needs no waiting: what somebody else has in hand is left to the next call, and no
-- deadlock can come of the lock that is held here.
--
-- p_tasks  whose steps to let through the limits of their tasks, beside those of tasks that are admitted now
-- Returns how many steps have become claimable.
create or replace function admit_within(p_concurrency int, p_tasks uuid[]) returns int
language plpgsql
set search_path from current
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_material = off
set jit = off
as $$
declare
  v_blocked int[] := blocked_handlers();
  v_tasks uuid[];
  v_admitted int;
begin
  perform pg_advisory_xact_lock(hashtextextended(current_schema() || '.concurrency', p_concurrency));
  perform return_permits(p_concurrency, v_blocked);
  v_tasks := p_tasks || admit_tasks(p_concurrency);

  with room as materialized (
    select t.id, p.max_task_steps - (
             select count(*) from step a where a.task_id = t.id and a.gate in ('template_limit', 'admitted')
           ) as places
    from task t join template p on p.id = t.template_id
    where t.id = any (v_tasks)
  ),
  next as (
    select n.task_id, n.step_no
    from room r
    cross join lateral (
      select s.task_id, s.step_no from step s
      where s.task_id = r.id and s.gate = 'task_limit' and not s.held and s.handler_id <> all (v_blocked)
      order by s.step_no
      -- null where the template sets no limit to its tasks
      limit case when r.places < 0 then 0 else r.places end
      for update skip locked
    ) n
  ),
  through as (
    update step s
    set gate = case when p.max_steps is null then 'admitted' else 'template_limit' end::gate,
        ready_at = case when p.max_steps is null then now() end
    from next n, template p
    where s.task_id = n.task_id and s.step_no = n.step_no and p.id = s.template_id
    returning s.ready_at
  )
  select count(t.ready_at) into v_admitted from through t;

  return v_admitted + admit_from_template(p_concurrency, v_blocked);
end
$$;
