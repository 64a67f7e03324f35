-- How the system stands: workers, circuits and durable subscriptions.
--
-- p_seconds  workers count as dead that were declared lost within so many
create or replace function system_figures(p_seconds float8)
returns table (
  live_workers int8, dead_workers int8, worker_slots int8, slot_utilization float8, open_circuits int8,
  subscription_lag float8, undelivered_events int8, parked_events int8
)
language sql stable
set search_path from current
as $$
  with workers as (
    select count(*) filter (where w.state = 'live') as live,
           count(*) filter (where w.state = 'lost' and w.stopped_at > now() - p_seconds * interval '1 s') as dead,
           coalesce(sum(w.slots) filter (where w.state = 'live'), 0) as slots
    from worker w
  ),
  running as (
    select count(*) as steps from task t join step s on s.task_id = t.id
    where t.state = 'in_progress' and s.state = 'in_progress'
  ),
  subscriptions as (
    select coalesce(max(f.lag_seconds) filter (where f.state = 'active'), 0) as lag,
           coalesce(sum(f.waiting), 0)::int8 as waiting, coalesce(sum(f.parked), 0)::int8 as parked
    from subscription_figures(null) f
  )
  select w.live, w.dead, w.slots, r.steps / nullif(w.slots, 0)::float8,
         (select count(*) from circuit c where c.state <> 'closed'), s.lag, s.waiting, s.parked
  from workers w, running r, subscriptions s
$$;
