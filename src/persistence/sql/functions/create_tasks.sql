-- Creates a batch of tasks with their steps and first audit rows, or nothing.
-- A task whose idempotency key is taken is not created: the one that has the key is returned in its place. Neither is
-- one that would wait in a queue that is full.
--
-- p_tasks  [{id, template_id, context, priority, run_at, initiator, reason, source_system, tags, correlation_id,
--            traceparent, idempotency_key, request_hash, bypass: step numbers or null}]
-- p_keyed  whether any of them has an idempotency key
-- p_queues whether any template of theirs has a queue_size: 'exactly' for queues that are never longer, 'about' for a
--          transaction that may go on for long and must not keep others from creating tasks; null for none
-- Returns the tasks that were not created: the id asked for, and the one that has its key with that one's request, or the
-- size of the queue that is full.
create or replace function create_tasks(p_tasks json, p_keyed boolean, p_queues text default null)
returns table (id uuid, existing_id uuid, request_hash text, queue_size int)
language plpgsql
set search_path from current
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
set jit = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  v_taken uuid[] := '{}';
  v_refused uuid[] := '{}';
begin
  if p_queues = 'exactly' then
    perform pg_advisory_xact_lock(hashtextextended(current_schema() || '.queue', q.concurrency_id))
    from (
      select distinct p.concurrency_id
      from json_to_recordset(p_tasks) as r (template_id int) join template p on p.id = r.template_id
      where p.queue_size is not null
      order by 1
    ) q;
  end if;

  if p_keyed then
    insert into idempotency_key (key, task_id, request_hash)
    select r.idempotency_key, r.id, r.request_hash
    from json_to_recordset(p_tasks) as r (id uuid, idempotency_key text, request_hash text)
    where r.idempotency_key is not null
    order by r.idempotency_key
    on conflict do nothing;

    -- A statement of its own, to see a key that another transaction held while the insert waited for it.
    select coalesce(array_agg(r.id), '{}') into v_taken
    from json_to_recordset(p_tasks) as r (id uuid, idempotency_key text)
    join idempotency_key k on k.key = r.idempotency_key
    where k.task_id <> r.id;
  end if;

  if p_queues is not null then
    v_refused := overflowing_tasks(p_tasks, v_taken);
    delete from idempotency_key k where k.task_id = any (v_refused);
  end if;

  with request as (
    select r.*, p.sinks, p.concurrency_id,
           case when p.max_tasks is not null then 'task_queue'::gate
                when p.max_steps is not null or p.max_task_steps is not null then 'task_limit' end as gate,
           r.run_at is null or r.run_at <= now() as is_due
    from json_to_recordset(p_tasks) as r (
      id uuid, template_id int, context jsonb, priority int2, run_at timestamptz, initiator text, reason text,
      source_system text, tags text[], correlation_id text, traceparent text, idempotency_key text, bypass int2[])
    join template p on p.id = r.template_id
    where r.id <> all (v_taken) and r.id <> all (v_refused)
    offset 0
  ),
  created as (
    insert into task (id, template_id, priority, remaining_sinks, run_at, context, initiator, reason, source_system,
                      tags, correlation_id, traceparent, idempotency_key, concurrency_id)
    select r.id, r.template_id, r.priority, r.sinks, r.run_at, r.context, r.initiator, r.reason, r.source_system,
           coalesce(r.tags, '{}'), r.correlation_id, r.traceparent, r.idempotency_key, r.concurrency_id
    from request r
  ),
  steps as (
    insert into step (task_id, step_no, retry_limit, remaining_parents, priority, template_id, handler_id,
                      state, is_sink, ready_at, due_at, concurrency_id, gate)
    select r.id, s.step_no, s.retry_limit, s.parents, r.priority, s.template_id,
           case when s.step_no = any (r.bypass) then bypass_handler_id() else s.handler_id end,
           case when s.parents = 0 then 'ready'::state else 'pending' end,
           s.is_sink,
           case when s.parents = 0 and r.is_due and r.gate is null then now() end,
           case when s.parents = 0 and not r.is_due then r.run_at end,
           case when r.gate is not null then r.concurrency_id end,
           case when s.parents = 0 and r.is_due then r.gate end
    from request r join template_step s on s.template_id = r.template_id
    returning task_id, step_no, state
  )
  insert into transition (task_id, step_no, attempt, from_state, to_state, cause)
  select r.id, -1, 0, null::state, 'pending'::state, 'created'::cause from request r
  union all
  select s.task_id, s.step_no, 0, 'pending', 'ready', 'ready' from steps s where s.state = 'ready';

  return query
    select r.id, k.task_id, k.request_hash, null::int
    from json_to_recordset(p_tasks) as r (id uuid, idempotency_key text)
    join idempotency_key k on k.key = r.idempotency_key
    where p_keyed and r.id = any (v_taken)
    union all
    select r.id, null, null, p.queue_size
    from json_to_recordset(p_tasks) as r (id uuid, template_id int) join template p on p.id = r.template_id
    where r.id = any (v_refused);
end
$$;
