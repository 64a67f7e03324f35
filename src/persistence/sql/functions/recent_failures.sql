-- What the unfinished steps of a task failed with: of each the last attempts, oldest first; those in error come first.
--
-- p_each  attempts of a step
-- p_most  attempts in all
create or replace function recent_failures(p_task uuid, p_each int, p_most int) returns json
language sql stable
set search_path from current
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
  select coalesce(json_agg(json_build_object(
    'stepNo', f.step_no, 'attempt', f.attempt, 'cause', f.cause, 'at', f.at, 'message', f.detail ->> 'message',
    'errorClass', f.detail ->> 'error_class', 'errorCode', f.detail ->> 'error_code',
    'errorCategory', f.detail ->> 'error_category') order by f.step_no, f.attempt), '[]')
  from (
    select s.step_no, e.attempt, e.cause, e.at, e.detail
    from step s
    cross join lateral (
      select x.attempt, x.cause, x.at, x.detail
      from transition x
      where x.task_id = p_task and x.step_no = s.step_no and x.cause in ('failed', 'timed_out', 'worker_lost')
      order by x.attempt desc
      limit p_each
    ) e
    where s.task_id = p_task and s.attempt > 0 and s.state in ('ready', 'in_progress', 'waiting_for_retry', 'error')
    order by s.state <> 'error', s.step_no, e.attempt
    limit p_most
  ) f
$$;
