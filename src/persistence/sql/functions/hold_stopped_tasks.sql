-- Nothing more is started in those of the given tasks that stop at their first failure and have failed. What runs is
-- marked too: it may finish, but is not started anew if it comes back to be retried, released or rescued.
create or replace function hold_stopped_tasks(p_ids uuid[]) returns void
language sql
set search_path from current
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
  update step s
  set held = true
  from task t join template p on p.id = t.template_id
  where t.id = any (p_ids) and t.state = 'in_progress' and t.failed_steps > 0 and p.stop_on_first_failure
    and s.task_id = t.id and s.state in ('pending', 'ready', 'in_progress', 'waiting_for_retry') and not s.held
$$;
