-- Handlers whose steps wait for a circuit: it is open, and its next probe is not due; or a probe is under way.
create or replace function blocked_handlers() returns int[]
language sql stable
set search_path from current
as $$
  select coalesce(array_agg(h.id), '{}')
  from circuit c join handler h on h.circuit = c.dependent_system
  where c.state <> 'closed' and not probe_is_due(c)
$$;
