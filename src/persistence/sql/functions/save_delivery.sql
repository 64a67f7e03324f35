-- What a process has done for a subscription that it holds, all or nothing; and it holds it for another p_lease_ms.
--
-- p_position  all rows up to this number are delivered, or are rows of `delivery` after this
-- p_new       events that were not taken, or wait behind one of their task:
--             [{audit_no, event_no, event, event_id, task_id, attempts, delay_ms: null for behind, error, parked}]
-- p_done      waiting events that were delivered: [{audit_no, event_no}]
-- p_failed    waiting events that failed again, each once: [{audit_no, event_no, attempts, delay_ms, error, parked}]
-- Returns the subscription's state. Null, and nothing is changed, where another process has taken over.
create or replace function save_delivery(
  p_name text, p_holder uuid, p_lease_ms int, p_position int8, p_new json, p_done json, p_failed json
) returns text
language plpgsql
set search_path from current
as $$
declare
  v_state text;
begin
  update subscription s
  set leased_until = now() + p_lease_ms * interval '1 ms',
      moved_at = case when p_position > s.position then now() else s.moved_at end,
      position = greatest(s.position, p_position)
  where s.name = p_name and s.holder = p_holder
  returning s.state into v_state;
  if v_state is null then
    return null;
  end if;

  insert into delivery (subscription, audit_no, event_no, event, event_id, task_id, attempts, error, state,
                        due_at, failed_at, parked_at)
  select p_name, n.audit_no, n.event_no, n.event, n.event_id, n.task_id, n.attempts, n.error,
         case when n.parked then 'parked' else 'waiting' end, now() + n.delay_ms * interval '1 ms',
         case when n.attempts > 0 then now() end, case when n.parked then now() end
  from json_to_recordset(p_new) as n (
    audit_no int8, event_no int2, event text, event_id text, task_id uuid, attempts int2, delay_ms int8, error json,
    parked boolean)
  on conflict do nothing;

  delete from delivery d using json_to_recordset(p_done) as n (audit_no int8, event_no int2)
  where d.subscription = p_name and d.audit_no = n.audit_no and d.event_no = n.event_no and d.state = 'waiting';

  update delivery d
  set attempts = n.attempts, error = n.error, failed_at = now(),
      state = case when n.parked then 'parked' else 'waiting' end, due_at = now() + n.delay_ms * interval '1 ms',
      parked_at = case when n.parked then now() end
  from json_to_recordset(p_failed) as n (
    audit_no int8, event_no int2, attempts int2, delay_ms int8, error json, parked boolean)
  where d.subscription = p_name and d.audit_no = n.audit_no and d.event_no = n.event_no and d.state = 'waiting';
  return v_state;
end
$$;
