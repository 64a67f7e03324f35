-- A worker process comes to life under a number of its own; a later incarnation gets another.
--
-- p_handlers  the handlers whose steps it claims; null where it does not say
create or replace function register_worker(
  p_name text, p_host text, p_pid int, p_slots int, p_handlers int[] default null
) returns int
language sql
set search_path from current
as $$
  insert into worker (name, host, pid, slots, handlers) values (p_name, p_host, p_pid, p_slots, p_handlers) returning id
$$;
