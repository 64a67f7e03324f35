-- Gives a subscription to a process if there is something to deliver and no other process has it; writes only then.
--
-- p_holder     the incarnation of the process
-- p_upto       the audit may be read up to here
-- Returns nothing where the process does not get it.
create or replace function lease_subscription(p_name text, p_holder uuid, p_holder_name text, p_lease_ms int, p_upto int8)
returns table ("position" int8)
language sql
set search_path from current
as $$
  update subscription s
  set holder = p_holder, holder_name = p_holder_name, leased_until = now() + p_lease_ms * interval '1 ms'
  where s.name = p_name and s.state = 'active'
    and (s.holder = p_holder or s.leased_until is null or s.leased_until < now())
    and (s.position < p_upto
         or exists (
           select from delivery d
           where d.subscription = p_name and d.state = 'waiting'
             and (d.due_at <= now()
                  -- what it waited behind has gone
                  or d.due_at is null and not exists (
                    select from delivery h
                    where h.subscription = p_name and h.state = 'waiting' and h.task_id = d.task_id
                      and (h.audit_no, h.event_no) < (d.audit_no, d.event_no)))
         ))
  returning s.position
$$;
