-- Creates a batch of tasks with their steps and first audit rows, or nothing.
-- A task whose idempotency key is taken is not created: the one that has the key is returned in its place.
--
-- p_tasks  [{id, template_id, context, priority, run_at, initiator, reason, source_system, tags, correlation_id,
--            traceparent, idempotency_key, request_hash, bypass: step numbers or null}]
-- p_keyed  whether any of them has an idempotency key
-- Returns the tasks that were not created: the id asked for, the one that has its key, and that one's request.
create or replace function create_tasks(p_tasks json, p_keyed boolean)
returns table (id uuid, existing_id uuid, request_hash text)
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
begin
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

  with request as (
    select r.*
    from json_to_recordset(p_tasks) as r (
      id uuid, template_id int, context jsonb, priority int2, run_at timestamptz, initiator text, reason text,
      source_system text, tags text[], correlation_id text, traceparent text, idempotency_key text, bypass int2[])
    where r.id <> all (v_taken)
    offset 0
  ),
  created as (
    insert into task (id, template_id, priority, remaining_sinks, run_at, context, initiator, reason, source_system,
                      tags, correlation_id, traceparent, idempotency_key)
    select r.id, r.template_id, r.priority, p.sinks, r.run_at, r.context, r.initiator, r.reason, r.source_system,
           coalesce(r.tags, '{}'), r.correlation_id, r.traceparent, r.idempotency_key
    from request r join template p on p.id = r.template_id
  ),
  steps as (
    insert into step (task_id, step_no, retry_limit, remaining_parents, priority, template_id, handler_id,
                      state, is_sink, ready_at, due_at)
    select r.id, s.step_no, s.retry_limit, s.parents, r.priority, s.template_id,
           case when s.step_no = any (r.bypass) then bypass_handler_id() else s.handler_id end,
           case when s.parents = 0 then 'ready'::state else 'pending' end,
           s.is_sink,
           case when s.parents = 0 and (r.run_at is null or r.run_at <= now()) then now() end,
           case when s.parents = 0 and r.run_at > now() then r.run_at end
    from request r join template_step s on s.template_id = r.template_id
    returning task_id, step_no, state
  )
  insert into transition (task_id, step_no, attempt, from_state, to_state, cause)
  select r.id, -1, 0, null::state, 'pending'::state, 'created'::cause from request r
  union all
  select s.task_id, s.step_no, 0, 'pending', 'ready', 'ready' from steps s where s.state = 'ready';

  return query
    select r.id, k.task_id, k.request_hash
    from json_to_recordset(p_tasks) as r (id uuid, idempotency_key text)
    join idempotency_key k on k.key = r.idempotency_key
    where p_keyed and r.id = any (v_taken);
end
$$;
