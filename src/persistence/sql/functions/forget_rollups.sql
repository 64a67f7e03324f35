-- Deletes roll-ups by the minute after two days, by the hour after 62, by the day after two years; longer intervals hold the
-- same. Returns how many rows.
create or replace function forget_rollups() returns int8
language sql
set search_path from current
as $$
  with limits (grain, before) as (
    values (60, now() - interval '2 days'), (3600, now() - interval '62 days'), (86400, now() - interval '731 days')
  ),
  totals as (
    delete from rollup_totals r using limits l where r.grain = l.grain and r.at < l.before returning 1
  ),
  errors as (
    delete from rollup_error r using limits l where r.grain = l.grain and r.at < l.before returning 1
  )
  select (select count(*) from totals) + (select count(*) from errors)
$$;
