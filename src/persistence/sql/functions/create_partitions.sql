-- Makes the partitions of the audit and of custom events for this month and the next. An id of version 7 begins with
-- its time in milliseconds, so a month is a range of ids. Returns how many were made.
create or replace function create_partitions() returns int
language plpgsql
set search_path from current
as $$
declare
  v_month timestamptz;
  v_table text;
  v_name text;
  v_made int := 0;
begin
  for v_month, v_table in
    select (date_trunc('month', now() at time zone 'UTC') + n * interval '1 month') at time zone 'UTC', t
    from generate_series(0, 1) n cross join unnest(array['transition', 'custom_event']) t
  loop
    v_name := v_table || '_' || to_char(v_month at time zone 'UTC', 'YYYYMM');
    if to_regclass(format('%I.%I', current_schema(), v_name)) is null then
      execute format('create table %I partition of %I for values from (%L) to (%L)', v_name, v_table,
        first_id_at(v_month), first_id_at(((v_month at time zone 'UTC') + interval '1 month') at time zone 'UTC'));
      v_made := v_made + 1;
    end if;
  end loop;
  return v_made;
end
$$;
