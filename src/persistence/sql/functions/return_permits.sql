-- Takes the permits of steps that cannot be claimed: their task is held, or their circuit has opened since. To be called
-- under the lock of admit_within.
create or replace function return_permits(p_concurrency int, p_blocked int[]) returns void
language plpgsql
set search_path from current
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
begin
  update step s
  set gate = 'task_limit', ready_at = null
  from (
    select h.task_id, h.step_no from step h
    where h.concurrency_id = p_concurrency and h.gate = 'admitted' and h.held and h.ready_at is not null
    for update skip locked
  ) idle
  where s.task_id = idle.task_id and s.step_no = idle.step_no;

  if cardinality(p_blocked) > 0 then
    update step s
    set gate = 'task_limit', ready_at = null
    from (
      select b.task_id, b.step_no from step b
      where b.concurrency_id = p_concurrency and b.gate = 'admitted' and not b.held and b.ready_at is not null
        and b.handler_id = any (p_blocked)
      for update skip locked
    ) idle
    where s.task_id = idle.task_id and s.step_no = idle.step_no;
  end if;
end
$$;
