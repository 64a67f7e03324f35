-- What a worker needs to know of tasks whose steps it was handed, and the results of those of their steps that are named.
-- Rows returned: a task (step_no null; `detail` as a claim has it), or a step that is finished (`detail`: its result).
create or replace function task_headers(p_tasks uuid[], p_result_tasks uuid[], p_result_steps int2[])
returns table (task_id uuid, step_no int2, template_id int, detail json)
language sql stable
set search_path from current
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
  select t.id, null::int2, t.template_id,
         json_build_array(t.context, t.correlation_id, t.traceparent, t.initiator, t.reason, t.source_system, t.tags,
                          t.priority, t.created_at)
  from unnest(p_tasks) as i (t) join task t on t.id = i.t
  union all
  select s.task_id, s.step_no, s.template_id, s.result
  from unnest(p_result_tasks, p_result_steps) as i (t, n)
  join step s on s.task_id = i.t and s.step_no = i.n
    and s.state in ('complete', 'resolved_manually', 'skipped', 'cancelled')
$$;
