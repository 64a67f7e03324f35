-- The hot path. In one statement of one transaction: settles a batch of attempts under their fences, readies their
-- dependents and hands those back to the worker or leaves them to the pool, finishes tasks, claims other steps,
-- and writes the audit.
--
-- p_handlers          what the worker can run; only steps of these are handed off or claimed
-- p_t, p_n, p_a, p_r  the settled attempts: task, step, attempt, and a JSON array of their results
--                     (errors, where p_to is 'skipped')
-- p_to, p_cause       what all of them become, and why: complete/succeeded, or skipped/failed|timed_out|...
-- p_handoff           how many dependents to hand back at most
-- p_want              how many other steps to claim at most
--
-- Rows returned, by kind:
--   1  in `attempt`: how many of the attempts were accepted; in `step_no`: how many steps were claimed
--   2  a step handed off; `detail`: inputs that an operator gave it
--   3  a step claimed; `detail` holds its task, its last error, such inputs, and for how many seconds it could have been
--      taken
--   4  a task that settled          5  nothing was claimed: this worker is not live
--   6  a task that started          7  others were taking steps that this claim would have taken: the pool may hold more
--   8  ready steps are left to the pool
--   10 a task with limited steps that have come due: they wait to be admitted (admit_steps)
-- A limited step is neither handed off nor left to the pool: it waits at its gate. Its permit ends with its attempt.
-- A step is read as (task_id, step_no, attempt, template_id, handler_id, forgiven, retry_limit).
create or replace function advance(
  p_worker int, p_handlers int[],
  p_t uuid[], p_n int2[], p_a int2[], p_r json, p_to state, p_cause cause,
  p_handoff int, p_want int
) returns table (
  kind int2, task_id uuid, step_no int2, attempt int2, template_id int, handler_id int, forgiven int2,
  retry_limit int2, state state, detail json
)
language plpgsql
set search_path from current
-- A batch is always the outer side of nested loops over keys: a plan made while the tables are empty serves full ones.
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashagg = off
set enable_material = off
set jit = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
begin
  if not exists (select from worker w where w.id = p_worker and w.state in ('live', 'draining')) then
    p_want := 0;
    p_handoff := 0;
    return query select 5::int2, null::uuid, null::int2, null::int2, null::int, null::int, null::int2, null::int2, null::state,
      null::json;
  end if;

  -- A lost claim leaves the step ready and its holder fenced out: only settlements need to wait for the disk.
  if cardinality(p_t) = 0 then
    set local synchronous_commit = off;
  end if;

  if p_want > 0 and exists (select from step s where s.due_at <= now() and not s.held) then
    return query
      select 10::int2, d.task_id, null::int2, null::int2, null::int, null::int, null::int2, null::int2, null::state, null::json
      from promote_due_steps() d;
  end if;

  return query
  with settled as (
    select u.t, u.n, u.a, u.r
    from rows from (unnest(p_t), unnest(p_n), unnest(p_a), json_array_elements(p_r)) as u (t, n, a, r)
    -- True of every attempt; they only bring the planner's estimate down to one row.
    where u.a > 0 and u.n >= 0 and u.a < 32767 and u.n < 32767
    offset 0
  ),
  done as (
    update step s
    set state = p_to, finished_at = now(),
        result = case when p_to = 'complete' then i.r end,
        error = case when p_to = 'skipped' and p_cause <> 'bypassed' then i.r end,
        attempt = case when p_cause = 'bypassed' then s.attempt - 1 else s.attempt end,
        gate = null
    from settled i
    where s.task_id = i.t and s.step_no = i.n
      and s.state = 'in_progress' and s.attempt = i.a and s.worker_id = p_worker
    returning s.task_id, s.template_id, s.step_no, i.a as attempt, s.is_sink, s.error
  ),
  released as (
    select d.task_id, e.to_no, count(*)::int2 as parents, row_number() over (order by d.task_id, e.to_no) as place
    from done d join template_edge e on e.template_id = d.template_id and e.from_no = d.step_no
    group by d.task_id, e.to_no
  ),
  dependents as (
    update step s
    set remaining_parents = s.remaining_parents - r.parents,
        state = case
          when s.remaining_parents <> r.parents then s.state
          when r.place <= p_handoff and not s.held and s.concurrency_id is null and s.handler_id = any (p_handlers) then 'in_progress'
          else 'ready' end,
        attempt = case
          when s.remaining_parents = r.parents and r.place <= p_handoff and not s.held and s.concurrency_id is null and s.handler_id = any (p_handlers)
          then s.attempt + 1 else s.attempt end,
        worker_id = case
          when s.remaining_parents = r.parents and r.place <= p_handoff and not s.held and s.concurrency_id is null and s.handler_id = any (p_handlers)
          then p_worker end,
        started_at = case
          when s.remaining_parents = r.parents and r.place <= p_handoff and not s.held and s.concurrency_id is null and s.handler_id = any (p_handlers)
          then now() end,
        ready_at = case
          when s.remaining_parents = r.parents and s.concurrency_id is null
            and not (r.place <= p_handoff and not s.held and s.handler_id = any (p_handlers))
          then now() end,
        gate = case when s.remaining_parents = r.parents and s.concurrency_id is not null then 'task_limit'::gate end
    from released r
    where s.task_id = r.task_id and s.step_no = r.to_no and s.state = 'pending'
    returning s.task_id, s.template_id, s.step_no, s.handler_id, s.state, s.attempt, s.forgiven, s.retry_limit,
              s.remaining_parents, s.inputs, s.ready_at
  ),
  oldest as (
    select c.tid
    from unnest(p_handlers) h (id)
    cross join lateral (
      select s.ctid as tid, s.priority, s.task_id, s.step_no
      from step s
      where s.handler_id = h.id and s.ready_at is not null and not s.held
      order by s.priority desc, s.task_id, s.step_no
      limit p_want * 2
    ) c
    where p_want > 0
    order by c.priority desc, c.task_id, c.step_no
    -- Twice as many as wanted, to pass over those that another worker is taking at this moment.
    limit p_want * 2
  ),
  pick as materialized (
    select s.ctid as tid, s.state, s.ready_at
    from oldest join step s on s.ctid = oldest.tid
    -- As the index says, in words that the planner does not take for it: the rows are to be found by where they are.
    where case when s.held then false else s.ready_at is not null end
    limit p_want
    for update of s skip locked
  ),
  claimed as (
    update step s
    set state = 'in_progress', attempt = s.attempt + 1, worker_id = p_worker,
        started_at = now(), finished_at = null, ready_at = null, due_at = null
    from pick
    where s.ctid = pick.tid
    returning s.task_id, s.template_id, s.step_no, s.handler_id, s.attempt, s.forgiven, s.retry_limit, s.error, s.inputs,
              pick.state as was, extract(epoch from now() - pick.ready_at) as waited
  ),
  started as (
    update task t
    set state = 'in_progress', revision = t.revision + 1, started_at = now(), deadline_at = now() + x.max_duration
    from (
      select c.task_id, max(p.max_duration_ms) * interval '1 ms' as max_duration
      from claimed c join template p on p.id = c.template_id
      where c.attempt = 1
      group by c.task_id order by c.task_id
    ) x
    -- By its id: an index of all that is pending must not look like the shorter way to the planner.
    where t.id = x.task_id and case t.state when 'pending' then true else false end
    returning t.id, t.revision
  ),
  finished as (
    update task t
    set remaining_sinks = t.remaining_sinks - x.sinks,
        state = case when t.remaining_sinks = x.sinks then 'complete' else t.state end,
        revision = case when t.remaining_sinks = x.sinks then t.revision + 1 else t.revision end,
        finished_at = case when t.remaining_sinks = x.sinks then now() end
    from (
      select d.task_id, count(*)::int2 as sinks from done d where d.is_sink group by d.task_id order by d.task_id
    ) x
    where t.id = x.task_id
    returning t.id, t.template_id, t.state, t.revision, t.awaited, t.correlation_id, t.created_at, t.started_at
  ),
  audit as (
    -- In the order in which these things are told: each row draws its number as it is inserted.
    insert into transition (task_id, step_no, attempt, from_state, to_state, cause, worker_id, detail)
    select d.task_id, d.step_no, d.attempt, 'in_progress'::state, p_to, p_cause, p_worker, d.error from done d
    union all
    select n.task_id, n.step_no, n.attempt, 'pending', n.state,
           case when n.state = 'ready' then 'ready'::cause else 'handed_off' end,
           case when n.state = 'in_progress' then p_worker end, null
    from dependents n where n.remaining_parents = 0
    union all
    select s.id, -1, s.revision, 'pending', 'in_progress', 'started', p_worker, null from started s
    union all
    select c.task_id, c.step_no, c.attempt, c.was, 'in_progress', 'claimed', p_worker, null from claimed c
    union all
    select f.id, -1, f.revision, 'in_progress', 'complete', 'succeeded', p_worker, null
    from finished f where f.state = 'complete'
  )
  -- Read in this order, so that every transaction locks rows of steps before rows of tasks.
  select 2::int2, n.task_id, n.step_no, n.attempt, n.template_id, n.handler_id, n.forgiven, n.retry_limit, null::state,
         n.inputs
  from dependents n where n.state = 'in_progress' and n.remaining_parents = 0
  union all
  select 3::int2, c.task_id, c.step_no, c.attempt, c.template_id, c.handler_id, c.forgiven, c.retry_limit, c.was,
         json_build_array(t.context, t.correlation_id, t.traceparent, t.initiator, t.reason, t.source_system, t.tags,
                          t.priority, t.created_at, c.error, c.inputs, c.waited)
  from claimed c join task t on t.id = c.task_id
  union all
  select 6::int2, s.id, null, null, null, null, null, null, null, null from started s
  union all
  select 4::int2, f.id, null, null, f.template_id, null, null, null, f.state,
         json_build_array(f.awaited, f.correlation_id, f.created_at, f.started_at)
  from finished f where f.state = 'complete'
  union all
  select 8::int2, null, null, null, null, null, null, null, null, null
  from (select from dependents n where n.ready_at is not null limit 1) left_over
  union all
  select 7::int2, null, null, null, null, null, null, null, null, null
  where (select count(*) from claimed) < least(p_want, (select count(*) from oldest))
  union all
  select 1::int2, null, (select count(*) from claimed)::int2, (select count(*) from done)::int2,
         null, null, null, null, null, null;

  -- A task with a failed step ends when its last moving step does.
  if cardinality(p_t) > 0 and exists (select from task t where t.state = 'in_progress' and t.failed_steps > 0) then
    return query
      select 4::int2, f.task_id, null::int2, null::int2, f.template_id, null::int, null::int2, null::int2, f.state, f.detail
      from settle_failing_tasks(p_t) f;
  end if;
end
$$;
