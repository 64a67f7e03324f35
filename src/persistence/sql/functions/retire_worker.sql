-- A worker says that it stops claiming ('draining'), or that it has stopped.
create or replace function retire_worker(p_worker int, p_state text) returns void
language sql
set search_path from current
as $$
  update worker
  set state = p_state, seen_at = now(), stopped_at = case when p_state = 'stopped' then now() end
  where id = p_worker and state in ('live', 'draining')
$$;
