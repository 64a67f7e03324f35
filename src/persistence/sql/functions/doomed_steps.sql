-- A step that is not finished, and the steps that could never start without it: those that wait for it, directly or
-- not. One that was skipped ahead of it waits for nothing. No rows where the step is finished.
create or replace function doomed_steps(p_task task, p_step int2) returns table (step_no int2, state state)
language sql stable
set search_path from current
as $$
  with recursive doomed (step_no, state) as (
    select s.step_no, s.state from step s
    where s.task_id = p_task.id and s.step_no = p_step
      and s.state not in ('complete', 'resolved_manually', 'skipped', 'cancelled')
    union
    select s.step_no, s.state
    from doomed d
    join template_edge e on e.template_id = p_task.template_id and e.from_no = d.step_no
    join step s on s.task_id = p_task.id and s.step_no = e.to_no and s.state = 'pending'
  )
  select d.step_no, d.state from doomed d
$$;
