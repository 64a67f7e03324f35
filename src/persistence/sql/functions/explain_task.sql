-- What keeps the steps of a task that its own rows do not say: who ended it, which steps and tasks have the permits
-- and places that it waits for, how many come before it, and what its unfinished steps failed with. Reads by the snapshot
-- of the statement that calls it, locks nothing, and counts no further than p_most + 1.
--
-- p_silent_ms  workers that have been silent for so long claim nothing
create or replace function explain_task(p_task uuid, p_silent_ms float8, p_most int) returns json
language plpgsql stable
set search_path from current
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
declare
  v_task task;
  v_gates gate[];
begin
  select * into v_task from task t where t.id = p_task;
  if v_task.concurrency_id is not null then
    v_gates := array(select distinct s.gate from step s where s.task_id = p_task and s.gate is not null and not s.held);
  end if;

  return json_build_object(
    'ended', case when v_task.state not in ('pending', 'in_progress') then last_move(p_task, null, v_task.state) end,
    'failures', recent_failures(p_task, 5, 1000),
    'permits', case when 'template_limit' = any (v_gates) then permits_held(v_task, p_most) end,
    'places', case when 'task_queue' = any (v_gates) then places_taken(v_task, p_most) end,
    'claims', claims_ahead(p_task, p_silent_ms, p_most));
end
$$;
