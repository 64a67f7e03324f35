-- Drops partitions of the audit and of custom events for past months of which no task is left. A partition goes under a
-- lock that keeps everybody else from the audit: it is not waited for, the next sweep tries again. By the owner's right.
-- Returns the names of what was dropped.
create or replace function drop_past_months() returns text[]
language plpgsql
security definer
set search_path from current
set lock_timeout = '50ms'
as $$
declare
  v_parent regclass;
  v_partition text;
  v_month timestamp;
  v_first uuid;
  v_end uuid;
  v_dropped text[] := '{}';
begin
  for v_parent, v_partition, v_month in
    select i.inhparent::regclass, i.inhrelid::regclass::text, to_date(right(c.relname, 6), 'YYYYMM')
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent in ('transition'::regclass, 'custom_event'::regclass) and c.relname ~ '_[0-9]{6}$'
    order by c.relname
  loop
    v_first := first_id_at(v_month at time zone 'UTC');
    v_end := first_id_at((v_month + interval '1 month') at time zone 'UTC');
    -- clocks of processes that create tasks may be late
    continue when v_end > first_id_at(now() - interval '1 day')
      or exists (select from task t where t.id >= v_first and t.id < v_end);
    begin
      execute format('lock table only %s in access exclusive mode', v_parent);
      if not exists (select from task t where t.id >= v_first and t.id < v_end) then
        execute format('drop table %s', v_partition);
        v_dropped := v_dropped || v_partition;
      end if;
    exception when lock_not_available then
      null;
    end;
  end loop;
  return v_dropped;
end
$$;
