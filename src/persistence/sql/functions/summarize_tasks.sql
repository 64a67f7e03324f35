-- Has the indexes of tasks' traits know the tasks that came since the last time, so that lists by them are quick however many
-- come. Passes over a table that is being vacuumed, which does the same. By the owner's right: only an owner may.
--
-- A range remembers what its pages held before they were used again, and a vacuum that is cancelled leaves a mark by which all
-- that follows is read each time. An index which does not exclude most pages for a value that no task has is made anew.
-- Returns how many indexes were.
create or replace function summarize_tasks() returns int
language plpgsql
security definer
set search_path from current
set lock_timeout = '50ms'
set enable_seqscan = off
set enable_indexscan = off
as $$
declare
  v_index text;
  v_column text;
  v_pages int8;
  v_block int8;
  v_plan json;
  v_mended int := 0;
begin
  for v_index, v_column in values ('task_traits', 'initiator'), ('task_correlation', 'correlation_id') loop
    begin
      perform brin_summarize_new_values(v_index::regclass);
      execute format('explain (analyze, costs off, timing off, summary off, format json) '
                     'select from task where id >= %L and %I = %L',
                     '00000000-0000-0000-0000-000000000000', v_column, gen_random_uuid()) into v_plan;
      v_pages := pg_relation_size('task') / current_setting('block_size')::int8;
      if coalesce((v_plan -> 0 -> 'Plan' ->> 'Lossy Heap Blocks')::int8, 0) > greatest(v_pages / 8, 64) then
        for v_block in
          select b
          from pg_class c, unnest(c.reloptions) o,
               generate_series(0, v_pages, split_part(o, '=', 2)::int8) b
          where c.oid = v_index::regclass and o like 'pages_per_range=%'
        loop
          perform brin_desummarize_range(v_index::regclass, v_block);
          perform brin_summarize_range(v_index::regclass, v_block);
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
