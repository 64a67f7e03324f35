-- Marks tasks as awaited, so that their end is announced to other processes, and answers in which state they are.
-- Of several tasks, those whose rows are locked at the moment are passed over (`marked` is false: ask again for each
-- alone); a single one is waited for. So this never waits while it holds a lock, and no deadlock can come of it.
-- Rows returned: the tasks that exist. `marked` is true also of a task that has settled and needs no mark.
create or replace function await_tasks(p_ids uuid[])
returns table (id uuid, state state, marked boolean)
language plpgsql
set search_path from current
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
#variable_conflict use_column
begin
  -- A mark that a crash undoes is made again by the waiter's next look.
  set local synchronous_commit = off;

  if cardinality(p_ids) = 1 then
    update task t set awaited = true
    where t.id = p_ids[1] and not t.awaited and t.state in ('pending', 'in_progress');
  else
    with free as (
      select t.id from task t
      where t.id = any (p_ids) and not t.awaited and t.state in ('pending', 'in_progress')
      for update skip locked
    )
    update task t set awaited = true from free where t.id = free.id;
  end if;

  -- A statement of its own, to see what was committed while the update waited for the row.
  return query
    select t.id, t.state, t.awaited or t.state not in ('pending', 'in_progress')
    from task t where t.id = any (p_ids);
end
$$;
