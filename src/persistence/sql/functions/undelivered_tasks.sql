-- Which of these tasks have events that a durable subscription has yet to be given: rows of the audit that it has not
-- come to, or that wait to be delivered again. What it has parked, it has been given.
create or replace function undelivered_tasks(p_tasks uuid[]) returns table (task_id uuid)
language sql stable
set search_path from current
-- few rows by their keys, however large the tables are
set enable_seqscan = off
as $$
  select i.id
  from unnest(p_tasks) i (id) cross join (select min(s.position) as position from subscription s) least_read
  where exists (select from transition x where x.task_id = i.id and x.audit_no > least_read.position)
     or exists (select from custom_event e where e.task_id = i.id and e.audit_no > least_read.position)
     or exists (select from delivery d where d.task_id = i.id and d.state = 'waiting')
$$;
