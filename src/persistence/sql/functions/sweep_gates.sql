-- Admits what others should have admitted: they died between the end of an attempt and its admission, a row was locked
-- just then, a task has been resumed. Reads only gates at which something waits, and writes nothing where nothing may go.
-- Returns how many steps have become claimable.
--
-- p_tasks  whether to look also at every step that waits for others of its own task, of which there may be many
create or replace function sweep_gates(p_tasks boolean) returns int
language plpgsql
set search_path from current
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  v_concurrency int;
  v_tasks uuid[];
  v_admitted int := 0;
begin
  set local synchronous_commit = off;

  for v_concurrency in select c.id from concurrency c order by c.id loop
    v_tasks := '{}';
    if p_tasks then
      v_tasks := array(
        select distinct s.task_id from step s
        where s.concurrency_id = v_concurrency and s.gate = 'task_limit' and not s.held);
    end if;
    if cardinality(v_tasks) > 0 or exists (
      select from step s
      where s.concurrency_id = v_concurrency and s.gate in ('task_queue', 'template_limit') and not s.held
    ) then
      v_admitted := v_admitted + admit_within(v_concurrency, v_tasks);
    end if;
  end loop;
  return v_admitted;
end
$$;
