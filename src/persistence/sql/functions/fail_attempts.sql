-- Records failed attempts under their fences: each waits for its retry, or has failed for good and may end its task.
--
-- p_failures  [{t, n, a, cause: failed|timed_out, delay_ms: null for no retry, error}]
--
-- Rows returned: a step (its new state, and in `detail` when it is due), or a task that settled (step_no null).
-- An attempt that is missing among the rows was not live: see refuse_results.
create or replace function fail_attempts(p_worker int, p_failures json)
returns table (task_id uuid, step_no int2, attempt int2, template_id int, state state, detail json)
language plpgsql
set search_path from current
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_tasks uuid[];
begin
  -- Steps that hold_stopped_tasks may mark are locked before any task is, as everywhere.
  perform from (
    select distinct i.t
    from json_to_recordset(p_failures) as i (t uuid, delay_ms int8)
    join task t on t.id = i.t join template p on p.id = t.template_id
    where i.delay_ms is null and p.stop_on_first_failure
  ) strict
  join step s on s.task_id = strict.t
  order by s.task_id, s.step_no
  for update of s;

  return query
  with failure as (
    select i.* from json_to_recordset(p_failures) as i (t uuid, n int2, a int2, cause cause, delay_ms int8, error json)
    offset 0
  ),
  recorded as (
    update step s
    set state = case when i.delay_ms is null then 'error'::state else 'waiting_for_retry' end,
        error = i.error,
        finished_at = case when i.delay_ms is null then now() end,
        due_at = now() + i.delay_ms * interval '1 ms',
        gate = null
    from failure i
    where s.task_id = i.t and s.step_no = i.n
      and s.state = 'in_progress' and s.attempt = i.a and s.worker_id = p_worker
    returning s.task_id, s.step_no, s.attempt, s.template_id, s.state, s.due_at, s.error, i.cause
  ),
  counted as (
    update task t
    set failed_steps = t.failed_steps + x.failed
    from (
      select r.task_id, count(*)::int2 as failed from recorded r where r.state = 'error'
      group by r.task_id order by r.task_id
    ) x
    where t.id = x.task_id
  ),
  audit as (
    insert into transition (task_id, step_no, attempt, from_state, to_state, cause, worker_id, detail, due_at)
    select r.task_id, r.step_no, r.attempt, 'in_progress', r.state, r.cause, p_worker, r.error, r.due_at from recorded r
  )
  select r.task_id, r.step_no, r.attempt, r.template_id, r.state, to_json(r.due_at) from recorded r;

  select array_agg(distinct i.t) into v_tasks from json_to_recordset(p_failures) as i (t uuid);

  perform hold_stopped_tasks(v_tasks);

  -- Also where all of these are to be retried: the task may have been stopped by another step meanwhile.
  return query
    select f.task_id, null::int2, null::int2, f.template_id, f.state, f.detail
    from settle_failing_tasks(v_tasks) f;
end
$$;
