-- Has the indexes of the audit's numbers know the rows that came since the last time, so that reading on is quick however
-- many come. Passes over a table that is being vacuumed, which does the same. By the owner's right: only an owner may.
--
-- A vacuum that is cancelled while it does so leaves a mark in the index, by which all that follows is read each time.
-- Such an index is found, as it does not exclude a number that no row has, and made anew.
-- Returns how many indexes were.
create or replace function summarize_audit() returns int
language plpgsql
security definer
set search_path from current
set lock_timeout = '50ms'
set enable_seqscan = off
as $$
declare
  v_index regclass;
  v_table regclass;
  v_pages int8;
  v_block int8;
  v_plan json;
  v_mended int := 0;
begin
  for v_index, v_table in
    select p.inhrelid::regclass, i.indrelid::regclass
    from pg_inherits p join pg_index i on i.indexrelid = p.inhrelid
    where p.inhparent in ('transition_audit_no'::regclass, 'custom_event_audit_no'::regclass)
  loop
    begin
      perform brin_summarize_new_values(v_index);
      execute format('explain (analyze, costs off, timing off, summary off, format json) select from only %s where audit_no = -1',
                     v_table) into v_plan;
      if coalesce((v_plan -> 0 -> 'Plan' ->> 'Lossy Heap Blocks')::int8, 0) > 0 then
        v_pages := (select split_part(o, '=', 2) from pg_class c, unnest(c.reloptions) o
                    where c.oid = v_index and o like 'pages_per_range=%');
        for v_block in select b from generate_series(0, pg_relation_size(v_table) / current_setting('block_size')::int8, v_pages) b
        loop
          perform brin_desummarize_range(v_index, v_block);
          perform brin_summarize_range(v_index, v_block);
        end loop;
        v_mended := v_mended + 1;
      end if;
    exception when lock_not_available then
      null;
    end;
  end loop;
  return v_mended;
end
$$;
