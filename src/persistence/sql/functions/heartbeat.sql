-- Says that the worker lives, and for how long its event loop has not turned. Answers what others hold it for
-- ('lost': its steps are being given to others) and how many workers are alive besides it.
create or replace function heartbeat(p_worker int, p_blocked_ms int)
returns table (state text, others int)
language sql
set search_path from current
as $$
  with beat as (
    update worker w
    set seen_at = now(),
        blocked_since = case when p_blocked_ms > 0 then now() - p_blocked_ms * interval '1 ms' end
    where w.id = p_worker and w.state in ('live', 'draining')
    returning w.state
  )
  select coalesce((select b.state from beat b), (select w.state from worker w where w.id = p_worker), 'lost'),
         (select count(*)::int from worker w where w.state = 'live' and w.id <> p_worker)
$$;
