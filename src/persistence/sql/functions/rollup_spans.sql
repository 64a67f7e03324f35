-- The intervals of roll-ups that together are exactly the time asked for, few and long ones rather than many short ones.
--
-- p_from, p_upto  put back and forward to full intervals of the shortest roll-ups that are left of that time
-- p_longest       no interval is longer than so many seconds (60, 3600 or 86400), where there are shorter ones
-- Rows returned: a grain, and all of its intervals that begin at from_at or later, and before upto_at.
create or replace function rollup_spans(p_from timestamptz, p_upto timestamptz, p_longest int)
returns table (grain int, from_at timestamptz, upto_at timestamptz)
language sql stable
set search_path from current
as $$
  with asked as (
    select date_bin(i.first * interval '1 s', p_from, o.origin) as from_at,
           date_bin(i.last * interval '1 s', p_upto + i.last * interval '1 s' - interval '1 us', o.origin) as upto_at,
           greatest(p_longest, i.first, i.last) as longest, o.origin
    from (select rollup_grain(p_from) as first, rollup_grain(p_upto) as last) i,
         (select '2000-01-01 00:00+00'::timestamptz as origin) o
  ),
  -- from the outside in: whole hours within the minutes asked for, whole days within these
  hours as (
    select a.*, case when a.longest < 3600 then a.upto_at else least(a.upto_at, date_bin(
             '1 hour', a.from_at + interval '1 hour' - interval '1 us', a.origin)) end as from_hour,
           date_bin('1 hour', a.upto_at, a.origin) as last_hour
    from asked a
  ),
  days as (
    select h.*, greatest(h.from_hour, h.last_hour) as upto_hour, case when h.longest < 86400 then greatest(h.from_hour, h.last_hour)
             else least(greatest(h.from_hour, h.last_hour), date_bin(
             '1 day', h.from_hour + interval '1 day' - interval '1 us', h.origin)) end as from_day,
           date_bin('1 day', greatest(h.from_hour, h.last_hour), h.origin) as last_day
    from hours h
  )
  select s.grain, s.from_at, s.upto_at
  from days d cross join lateral (
    values (60, d.from_at, d.from_hour), (3600, d.from_hour, d.from_day), (86400, d.from_day, greatest(d.from_day, d.last_day)),
           (3600, greatest(d.from_day, d.last_day), d.upto_hour), (60, d.upto_hour, d.upto_at)
  ) s (grain, from_at, upto_at)
  where s.from_at < s.upto_at
$$;
