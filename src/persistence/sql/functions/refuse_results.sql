-- Records results that came after their attempt had ended: each is kept in the audit and changes nothing.
--
-- p_t, p_n, p_a, p_details  the attempts: task, step, attempt, and a JSON array of what they brought
-- p_cause                   what they would have been recorded as. One that this worker has recorded so before (the
--                           answer to it was lost) is not refused.
-- Returns the attempts that were refused.
create or replace function refuse_results(
  p_worker int, p_t uuid[], p_n int2[], p_a int2[], p_details json, p_cause cause
) returns table (task_id uuid, step_no int2, attempt int2)
language sql
set search_path from current
as $$
  with late as (
    select i.t, i.n, i.a, i.detail
    from rows from (unnest(p_t), unnest(p_n), unnest(p_a), json_array_elements(p_details)) as i (t, n, a, detail)
    join step s on s.task_id = i.t and s.step_no = i.n
    where not exists (
      select from transition x
      where x.task_id = i.t and x.step_no = i.n and x.attempt = i.a and x.worker_id = p_worker and x.cause = p_cause
    )
  ),
  audit as (
    insert into transition (task_id, step_no, attempt, cause, worker_id, detail)
    select l.t, l.n, l.a, 'refused', p_worker, l.detail from late l
    on conflict do nothing
  )
  select l.t, l.n, l.a from late l
$$;
