-- Adds what the audit has grown by to the roll-ups, and moves the cursor, in one transaction: every row counts once.
--
-- p_upto  the audit may be read up to here: no further than SafeHorizon says
-- p_most  how many numbers are passed at most
-- Returns how far the roll-ups have come. Null where another process is at it.
create or replace function roll_up(p_upto int8, p_most int) returns int8
language plpgsql
set search_path from current
as $$
declare
  v_after int8 := coalesce((select c.position from rollup_cursor c), 0);
  v_upto int8;
begin
  if v_after >= p_upto then
    return v_after;
  end if;
  if not pg_try_advisory_xact_lock(hashtextextended(current_schema() || '.roll_up', 0)) then
    return null;
  end if;
  -- what is lost in a crash is lost with the cursor, and added again
  set local synchronous_commit = off;
  insert into rollup_cursor (position) values (0) on conflict do nothing;
  select c.position into v_after from rollup_cursor c for update;
  v_upto := least(p_upto, v_after + p_most);
  if v_upto > v_after then
    perform roll_up_rows(v_after, v_upto, null);
    update rollup_cursor set position = v_upto;
  end if;
  return greatest(v_after, v_upto);
end
$$;
