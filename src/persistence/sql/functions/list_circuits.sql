-- The systems that have failed lately. `due_ms`: how long until one step may try a system whose circuit is not closed; null
-- while one does.
create or replace function list_circuits()
returns table (dependent_system text, state circuit_state, failures int, due_ms float8)
language sql stable
set search_path from current
as $$
  select c.dependent_system, c.state, c.failures,
         case when probe_is_due(c) then 0
              when c.state = 'open' then extract(epoch from c.probe_at - now())::float8 * 1000 end
  from circuit c
  where c.state <> 'closed' or c.failures > 0
$$;
