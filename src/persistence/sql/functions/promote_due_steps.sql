-- Makes steps whose time has come claimable. Rows that are due later cost a claim nothing, however many they are.
create or replace function promote_due_steps() returns void
language sql
set search_path from current
set enable_seqscan = off
as $$
  update step s
  set ready_at = now(), due_at = null
  from (
    select d.task_id, d.step_no from step d
    where d.due_at <= now() and not d.held
    order by d.due_at
    limit 1000
    for update skip locked
  ) due
  where s.task_id = due.task_id and s.step_no = due.step_no
$$;
