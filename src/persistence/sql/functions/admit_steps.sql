-- Admits what the limits of their templates leave room for: to be called when steps of these tasks have become ready, or
-- have ended and given back their permits. Returns how many steps have become claimable.
create or replace function admit_steps(p_tasks uuid[]) returns int
language plpgsql
set search_path from current
set enable_seqscan = off
as $$
declare
  v_concurrency int;
  v_tasks uuid[];
  v_admitted int := 0;
begin
  -- What a crash undoes waits at its gate again, where a sweep finds it.
  set local synchronous_commit = off;

  for v_concurrency, v_tasks in
    select t.concurrency_id, array_agg(t.id)
    from task t
    where t.id = any (p_tasks) and t.concurrency_id is not null
    group by t.concurrency_id
    order by t.concurrency_id
  loop
    v_admitted := v_admitted + admit_within(v_concurrency, v_tasks);
  end loop;
  return v_admitted;
end
$$;
