-- The audit and what handlers have published, in the order of their numbers, with what is told of each.
--
-- p_task      only rows of this task; null for all
-- p_after     rows with higher numbers than this ...
-- p_upto      ... up to this: no further than SafeHorizon says
-- p_of_task   ... of tasks with these causes,
-- p_of_steps  of steps with these,
-- p_custom    and what handlers have published
-- p_bytes     stops after about so much
--
-- A row of the audit has a cause; what a handler published, a name, a payload and its place among those of its attempt.
-- began_at is when the attempt began (of rows that end one), task_started_at when the task did; bypassed is true of steps
-- that the request for the task has passed over, retried of an attempt's begin after one that failed.
-- `cut` is true in the last row where there may be more.
create or replace function audit_rows(
  p_task uuid, p_after int8, p_upto int8, p_of_task cause[], p_of_steps cause[], p_custom boolean, p_bytes int
) returns table (
  audit_no int8, task_id uuid, step_no int2, attempt int2, cause cause, from_state state, to_state state, at timestamptz,
  due_at timestamptz, worker_id int, actor text, reason text, detail json, name text, payload json, template_id int,
  correlation_id text, task_started_at timestamptz, retry_limit int2, bypassed boolean, retried boolean,
  result json, began_at timestamptz, cut boolean
)
language plpgsql
set search_path from current
-- Few rows by their numbers or their task, and what belongs to each by its key: however large the tables are.
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
set max_parallel_workers_per_gather = 0
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  v_bypass int := bypass_handler_id();
begin
  return query
  with written as (
    select x.audit_no, x.task_id, x.step_no, x.attempt, x.cause, x.from_state, x.to_state, x.at, x.due_at,
           x.worker_id, x.actor, x.reason, x.detail, null::text as name, null::json as payload
    from transition x where p_task is null and x.audit_no > p_after and x.audit_no <= p_upto
      and x.cause = any (case when x.step_no < 0 then p_of_task else p_of_steps end)
    union all
    select x.audit_no, x.task_id, x.step_no, x.attempt, x.cause, x.from_state, x.to_state, x.at, x.due_at,
           x.worker_id, x.actor, x.reason, x.detail, null, null
    from transition x where x.task_id = p_task and x.audit_no > p_after and x.audit_no <= p_upto
      and x.cause = any (case when x.step_no < 0 then p_of_task else p_of_steps end)
    union all
    select e.audit_no, e.task_id, e.step_no, e.attempt, null, null, null, e.at, null,
           null, null, null, null, e.name, e.payload
    from custom_event e where p_custom and p_task is null and e.audit_no > p_after and e.audit_no <= p_upto
    union all
    select e.audit_no, e.task_id, e.step_no, e.attempt, null, null, null, e.at, null,
           null, null, null, null, e.name, e.payload
    from custom_event e where p_custom and e.task_id = p_task and e.audit_no > p_after and e.audit_no <= p_upto
  ),
  told as (
    select w.*, t.template_id, t.correlation_id, t.started_at, s.retry_limit, s.handler_id = v_bypass as bypassed,
           w.cause = 'claimed' and w.attempt > 1 and exists (
             select from transition f
             where f.task_id = w.task_id and f.step_no = w.step_no and f.attempt < w.attempt
               and f.cause in ('failed', 'timed_out', 'worker_lost')) as retried,
           case when w.cause in ('succeeded', 'completed', 'resolved') then s.result end as result, b.at as began_at,
           sum(100 + coalesce(pg_column_size(w.detail), 0) + coalesce(pg_column_size(w.payload), 0)
               + case when w.cause = 'succeeded' then coalesce(pg_column_size(s.result), 0) else 0 end)
             over (order by w.audit_no) as bytes
    from written w
    join task t on t.id = w.task_id
    left join step s on s.task_id = w.task_id and s.step_no = w.step_no
    left join transition b on w.from_state = 'in_progress' and b.task_id = w.task_id and b.step_no = w.step_no
      and b.attempt = w.attempt and b.cause in ('claimed', 'handed_off')
  )
  select w.audit_no, w.task_id, w.step_no, w.attempt, w.cause, w.from_state, w.to_state, w.at,
         w.due_at, w.worker_id, w.actor, w.reason, w.detail, w.name, w.payload, w.template_id,
         w.correlation_id, w.started_at, w.retry_limit, w.bypassed, w.retried,
         w.result, w.began_at, w.bytes >= p_bytes
  from told w
  where w.audit_no <= coalesce((select min(l.audit_no) from told l where l.bytes >= p_bytes), p_upto)
  order by w.audit_no;
end
$$;
