-- The subscriptions, and how they stand.
--
-- p_name  one of them; null for all
-- holder       name of the process that delivers at present, null where none does
-- lag_rows     numbers of the audit that it has not read yet
-- lag_seconds  age of the oldest row that it has not read yet
create or replace function subscription_figures(p_name text)
returns table (
  name text, state text, events text[], "position" int8, holder text, created_at timestamptz, moved_at timestamptz,
  lag_rows int8, lag_seconds float8, waiting int, parked int, oldest_parked_at timestamptz
)
language sql stable
set search_path from current
set enable_seqscan = off
as $$
  select s.name, s.state, s.events, s.position, case when s.leased_until > now() then s.holder_name end,
         s.created_at, s.moved_at, greatest(n.last_value - s.position, 0),
         coalesce(extract(epoch from now() - (
           -- Numbers may be missing where a transaction was rolled back or the server crashed, but not so many.
           select min(x.at) from transition x where x.audit_no > s.position and x.audit_no <= s.position + 1000
         ))::float8, 0),
         d.waiting, d.parked, d.oldest_parked_at
  from subscription s
  cross join (select case when a.is_called then a.last_value else 0 end as last_value from audit_no a) n
  cross join lateral (
    select count(*) filter (where e.state = 'waiting')::int as waiting,
           count(*) filter (where e.state = 'parked')::int as parked, min(e.parked_at) as oldest_parked_at
    from delivery e where e.subscription = s.name
  ) d
  where p_name is null or s.name = p_name
  order by s.name
$$;
