-- Those of the tasks that are about to be created which find their template's queue full: as many wait for their turn as
-- queue_size says, besides those that may be in progress. Tasks that are to run later do not wait.
--
-- p_tasks    as create_tasks has them; the first have the places that are left
-- p_passed   ids among them that are not created anyway
create or replace function overflowing_tasks(p_tasks json, p_passed uuid[]) returns uuid[]
language sql stable
set search_path from current
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
  with asked as (
    select r.id, p.concurrency_id, p.queue_size + coalesce(p.max_tasks, 0) as places, p.max_tasks is not null as counts_running,
           row_number() over (partition by p.concurrency_id order by r.id) as place
    from json_to_recordset(p_tasks) as r (id uuid, template_id int, run_at timestamptz)
    join template p on p.id = r.template_id
    where p.queue_size is not null and r.id <> all (p_passed) and (r.run_at is null or r.run_at <= now())
  ),
  taken as materialized (
    select q.concurrency_id,
           (select count(*) from (
              select from task t
              where t.concurrency_id = q.concurrency_id and t.state = 'pending' and (t.run_at is null or t.run_at <= now())
              limit q.most) w) as waiting,
           (select count(*) from task t where t.concurrency_id = q.concurrency_id and t.state = 'in_progress') as running
    from (select a.concurrency_id, max(a.places) as most from asked a group by a.concurrency_id) q
  )
  select coalesce(array_agg(a.id), '{}')
  from asked a join taken x on x.concurrency_id = a.concurrency_id
  where a.place + x.waiting + case when a.counts_running then x.running else 0 end > a.places
$$;
