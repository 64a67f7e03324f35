-- Records results that came after their attempt had ended: each is kept in the audit and changes nothing.
-- An attempt that this worker has settled itself before (the answer to it was lost) is not refused.
--
-- p_results  [{t, n, a, detail}]
-- Returns the attempts that were refused.
create or replace function refuse_results(p_worker int, p_results json)
returns table (task_id uuid, step_no int2, attempt int2)
language sql
set search_path from current
as $$
  with late as (
    select i.t, i.n, i.a, i.detail
    from json_to_recordset(p_results) as i (t uuid, n int2, a int2, detail json)
    join step s on s.task_id = i.t and s.step_no = i.n
    where not exists (
      select from transition x
      where x.task_id = i.t and x.step_no = i.n and x.attempt = i.a and x.worker_id = p_worker
        and x.cause in ('succeeded', 'failed', 'timed_out', 'bypassed')
    )
  ),
  audit as (
    insert into transition (task_id, step_no, attempt, cause, worker_id, detail)
    select l.t, l.n, l.a, 'refused', p_worker, l.detail from late l
    on conflict do nothing
  )
  select l.t, l.n, l.a from late l
$$;
