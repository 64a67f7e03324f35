-- Which steps have the permits of a task's template, over all of its versions, and how many steps of other tasks come
-- before this task's first that waits for one.
create or replace function permits_held(p_task task, p_most int) returns json
language sql stable
set search_path from current
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
  with first as (
    select s.priority, s.task_id, s.step_no
    from step s
    where s.task_id = p_task.id and s.gate = 'template_limit' and not s.held
    order by s.step_no
    limit 1
  )
  select json_build_object(
    'count', (select count(*) from (
      select 1 from step a where a.concurrency_id = p_task.concurrency_id and a.gate = 'admitted' limit p_most + 1) c),
    'holders', (select coalesce(json_agg(json_build_object('taskId', h.task_id, 'stepNo', h.step_no, 'step', ts.name)), '[]')
      from (select a.task_id, a.step_no, a.template_id from step a
            where a.concurrency_id = p_task.concurrency_id and a.gate = 'admitted' limit 10) h
      join template_step ts on ts.template_id = h.template_id and ts.step_no = h.step_no),
    'ahead', (select count(*) from (
      (select 1 from step w, first f
       where w.concurrency_id = p_task.concurrency_id and w.gate = 'template_limit' and not w.held
         and w.priority > f.priority
       limit p_most + 1)
      union all
      (select 1 from step w, first f
       where w.concurrency_id = p_task.concurrency_id and w.gate = 'template_limit' and not w.held
         and w.priority = f.priority and (w.task_id, w.step_no) < (f.task_id, f.step_no)
       limit p_most + 1)
      limit p_most + 1) c))
$$;
