-- How far the audit has been written: asked again until what is known here for certain is enough; see SafeHorizon.
--
-- p_known   a position up to which the caller may read already: the rest is null where there is nothing beyond it
-- position  the highest number that was drawn
-- writers   transactions that were writing audit rows after that was read: only these can still bring in a row with a
--           number up to `position`
-- written   end of the write-ahead log after that
-- flushed   how much of it is on disk
-- run       changes where the server has come back from a crash, or another has taken its place: what was not on disk
--           is lost, and its numbers are drawn again
create or replace function audit_horizon(p_known int8)
returns table ("position" int8, writers text[], written int8, flushed int8, run text)
language plpgsql
set search_path from current
as $$
begin
  -- In this order. None of these depends on a snapshot: a sequence shows its last value to all, and the lock
  -- on the table, which an insert takes before it draws a number, goes only when the rows can be seen.
  select case when s.is_called then s.last_value else 0 end into "position" from audit_no s;
  if "position" <> p_known then
    select coalesce(s.stats_reset::text, '') into run from pg_stat_wal s;
    select coalesce(array_agg(distinct l.virtualtransaction), '{}') into writers
    from pg_locks l
    where l.locktype = 'relation' and l.mode = 'RowExclusiveLock' and l.granted
      and l.database = (select d.oid from pg_database d where d.datname = current_database())
      and l.relation in ('transition'::regclass, 'custom_event'::regclass, 'alert_event'::regclass);
    written := pg_current_wal_insert_lsn() - '0/0'::pg_lsn;
    flushed := pg_current_wal_flush_lsn() - '0/0'::pg_lsn;
  end if;
  return next;
end
$$;
