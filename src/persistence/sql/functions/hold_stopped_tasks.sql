-- Stops those of the given tasks that stop at their first failure, and in which a step has failed in this transaction:
-- nothing more of them is started. What runs is marked too: it may finish, but is not started anew if it comes back to
-- be retried, released or rescued.
create or replace function hold_stopped_tasks(p_ids uuid[]) returns void
language sql
set search_path from current
set enable_seqscan = off
as $$
  with stopped as (
    update task t
    set stopped_at = now()
    from template p
    where t.id = any (p_ids) and p.id = t.template_id and p.stop_on_first_failure
      and t.state = 'in_progress' and t.failed_steps > 0
      -- An operator who has one of several failures tried again lets the others stop nothing.
      and exists (
        select from step f where f.task_id = t.id and f.state = 'error' and f.finished_at = now()
      )
    returning t.id
  )
  update step s
  set held = true
  from stopped t
  where s.task_id = t.id and s.state in ('pending', 'ready', 'in_progress', 'waiting_for_retry') and not s.held
$$;
