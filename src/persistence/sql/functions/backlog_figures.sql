-- What waits and runs at the moment, of some templates or of all.
--
-- p_namespace, p_template, p_step  only of these; null for all
-- p_wanted                         names of the columns that are wanted: others are null, and cost nothing
-- oldest_ready_age                 in seconds; 0 where nothing waits
create or replace function backlog_figures(p_namespace text, p_template text, p_step text, p_wanted text[])
returns table (
  queue_depth int8, oldest_ready_age float8, running_steps int8, retrying_steps int8, tasks_in_progress int8
)
language sql stable
set search_path from current
as $$
  with ours as materialized (
    select p.id from template p
    where (p_namespace is null or p.namespace = p_namespace) and (p_template is null or p.name = p_template)
  ),
  ours_by_step as materialized (
    select ts.template_id, ts.step_no from template_step ts
    where ts.template_id in (select o.id from ours o) and (p_step is null or ts.name = p_step)
  ),
  ready as (
    select count(*) as waiting, min(s.ready_at) as oldest
    from step s
    where s.ready_at is not null and not s.held
      and (num_nonnulls(p_namespace, p_template, p_step) = 0
           or (s.template_id, s.step_no) in (select o.template_id, o.step_no from ours_by_step o))
  )
  select
    case when 'queue_depth' = any (p_wanted) then (select r.waiting from ready r) end,
    case when 'oldest_ready_age' = any (p_wanted)
      then (select coalesce(greatest(extract(epoch from now() - r.oldest), 0), 0)::float8 from ready r) end,
    case when 'running_steps' = any (p_wanted) then (
      select count(*) from task t join step s on s.task_id = t.id
      where t.state = 'in_progress' and s.state = 'in_progress'
        and (s.template_id, s.step_no) in (select o.template_id, o.step_no from ours_by_step o)) end,
    case when 'retrying_steps' = any (p_wanted) then (
      select count(*) from step s
      where s.due_at is not null and not s.held and s.state = 'waiting_for_retry'
        and (s.template_id, s.step_no) in (select o.template_id, o.step_no from ours_by_step o)) end,
    case when 'tasks_in_progress' = any (p_wanted) then (
      select count(*) from task t where t.state = 'in_progress' and t.template_id in (select o.id from ours o)) end
$$;
