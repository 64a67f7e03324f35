-- Attempts that are past their timeout in workers whose event loop does not turn, so that they cannot tell themselves.
create or replace function overdue_attempts(p_grace_ms int)
returns table (worker_id int, task_id uuid, step_no int2, attempt int2, template_id int, forgiven int2, retry_limit int2)
language sql stable
set search_path from current
as $$
  select s.worker_id, s.task_id, s.step_no, s.attempt, s.template_id, s.forgiven, s.retry_limit
  from worker w
  join task t on t.state = 'in_progress'
  join step s on s.task_id = t.id and s.state = 'in_progress' and s.worker_id = w.id
  join template_step ts on ts.template_id = s.template_id and ts.step_no = s.step_no
  where w.state in ('live', 'draining') and w.blocked_since is not null
    and s.started_at + (ts.timeout_ms + p_grace_ms) * interval '1 ms' < now()
$$;
