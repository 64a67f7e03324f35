-- Which tasks of a task's template, over all of its versions, are in progress, and how many steps come before this task in
-- the queue.
create or replace function places_taken(p_task task, p_most int) returns json
language sql stable
set search_path from current
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
  with holder as materialized (
    (select t.id from task t where t.concurrency_id = p_task.concurrency_id and t.state = 'in_progress' limit p_most + 1)
    union all
    (select t.id from task t
     where t.concurrency_id = p_task.concurrency_id and t.state = 'pending' and t.admitted limit p_most + 1)
  )
  select json_build_object(
    'count', (select count(*) from holder),
    'holders', (select coalesce(json_agg(h.id), '[]') from (select o.id from holder o limit 10) h),
    'ahead', (select count(distinct c.task_id) from (
      (select w.task_id from step w
       where w.concurrency_id = p_task.concurrency_id and w.gate = 'task_queue' and not w.held
         and w.priority > p_task.priority
       limit p_most + 1)
      union all
      (select w.task_id from step w
       where w.concurrency_id = p_task.concurrency_id and w.gate = 'task_queue' and not w.held
         and w.priority = p_task.priority and (w.task_id, w.step_no) < (p_task.id, 0::int2)
       limit p_most + 1)
      limit p_most + 1) c))
$$;
