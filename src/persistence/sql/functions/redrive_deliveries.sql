-- Has parked events delivered again, at once and with all attempts anew; those that came after them in their tasks and
-- have not been delivered yet wait for them.
--
-- p_audit_no, p_event_no  one event; null for all
-- Returns how many.
create or replace function redrive_deliveries(p_name text, p_audit_no int8, p_event_no int2) returns int
language sql
set search_path from current
as $$
  with redriven as (
    update delivery d
    set state = 'waiting', attempts = 0, due_at = now(), parked_at = null
    where d.subscription = p_name and d.state = 'parked'
      and (p_audit_no is null or (d.audit_no = p_audit_no and d.event_no = p_event_no))
    returning 1
  )
  select count(*)::int from redriven
$$;
