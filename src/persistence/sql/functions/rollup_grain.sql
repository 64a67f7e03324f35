-- The shortest intervals, in seconds, by which there are roll-ups of a moment for certain: see forget_rollups().
create or replace function rollup_grain(p_at timestamptz) returns int
language sql stable
set search_path from current
as $$
  select case when p_at >= now() - interval '47 hours' then 60
              when p_at >= now() - interval '61 days' then 3600
              else 86400 end
$$;
