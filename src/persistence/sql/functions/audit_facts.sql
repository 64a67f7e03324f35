-- What is counted of the audit, and as what: the one place that says so. A row for each of its rows that counts.
--
-- p_after  rows with higher numbers than this ...
-- p_upto   ... up to this,
-- p_tasks  of these tasks; null for all
--
-- Of tasks (step_no -1): created, begun (once it has started), completed and errored (each time it comes to that),
-- cancelled (abandoned, if it was in error), resolved, revived (goes on after an error).
-- Of attempts that have ended: succeeded, failed, timed_out, worker_lost, released, or cut_off where an operator or the
-- task's end took the step away; `retries` where an attempt before it had failed. Beside them: refused, a late result.
-- Of steps: completed, errored, skipped, cancelled, resolved.
-- A step that the request for its task has passed over is skipped, and was never attempted.
--
-- duration  in microseconds: of an attempt that succeeded, failed or timed out; of a task, from its start until it is
--           complete or in error
-- wait      in microseconds: of every attempt that ended, from when its step could first be claimed until it was; of a task,
--           from its creation, or its run_at, until it started
-- class     what a failed attempt, or a task past its time, failed with; '' where an error has no category or code
create or replace function audit_facts(p_after int8, p_upto int8, p_tasks uuid[])
returns table (
  at timestamptz, template_id int, step_no int2, task_id uuid, attempt int2,
  created int, begun int,
  succeeded int, failed int, timed_out int, worker_lost int, released int, cut_off int, refused int,
  retries int, retries_succeeded int,
  completed int, errored int, skipped int, cancelled int, abandoned int, resolved int, revived int,
  duration int8, wait int8, category text, class text, code text
)
language sql stable
set search_path from current
-- What belongs to rows is for the most part among them, and else found by its key: however large the tables are.
set enable_seqscan = off
set enable_mergejoin = off
set jit = off
set max_parallel_workers_per_gather = 0
as $$
  with page as materialized (
    select x.task_id, x.step_no, x.attempt, x.at, x.from_state, x.to_state, x.cause, x.detail
    from transition x
    where p_tasks is null and x.audit_no > p_after and x.audit_no <= p_upto
      and x.cause not in ('ready', 'paused', 'resumed', 'updated')
    union all
    select x.task_id, x.step_no, x.attempt, x.at, x.from_state, x.to_state, x.cause, x.detail
    from transition x
    where x.task_id = any (p_tasks) and x.audit_no > p_after and x.audit_no <= p_upto
      and x.cause not in ('ready', 'paused', 'resumed', 'updated')
  ),
  owner as materialized (
    select t.id, t.template_id, t.created_at, t.run_at, t.started_at
    from (select distinct p.task_id from page p) d join task t on t.id = d.task_id
    offset 0
  ),
  begun as materialized (
    select p.task_id, p.step_no, p.attempt, p.at, p.cause from page p where p.cause in ('claimed', 'handed_off')
  ),
  told as (
    select m.*, t.template_id, t.created_at, t.run_at, t.started_at,
           m.step_no >= 0 and m.from_state is not distinct from 'in_progress' and m.cause <> 'bypassed' as is_attempt,
           -- where it began before these rows, they are looked for by their key
           coalesce(b.at, case when m.step_no >= 0 and m.from_state = 'in_progress' then (
             select e.at from transition e
             where e.task_id = m.task_id and e.step_no = m.step_no and e.attempt = m.attempt
               and e.cause in ('claimed', 'handed_off')) end) as began_at,
           coalesce(b.cause, case when m.step_no >= 0 and m.from_state = 'in_progress' then (
             select e.cause from transition e
             where e.task_id = m.task_id and e.step_no = m.step_no and e.attempt = m.attempt
               and e.cause in ('claimed', 'handed_off')) end) = 'handed_off' as handed_off
    from page m
    join owner t on t.id = m.task_id
    left join begun b on m.from_state = 'in_progress' and b.task_id = m.task_id and b.step_no = m.step_no
      and b.attempt = m.attempt
    where m.cause not in ('claimed', 'handed_off', 'retried')
    offset 0
  ),
  timed as (
    select o.*,
           o.is_attempt and o.attempt > 1 and o.cause in ('succeeded', 'failed', 'timed_out', 'worker_lost') and exists (
             select from transition f
             where f.task_id = o.task_id and f.step_no = o.step_no and f.attempt < o.attempt
               and f.cause in ('failed', 'timed_out', 'worker_lost')) as is_retry,
           case
             when o.is_attempt then case when o.cause in ('succeeded', 'failed', 'timed_out') then o.at - o.began_at end
             when o.step_no < 0 and o.to_state in ('complete', 'error') then o.at - o.started_at
           end as took,
           case
             when o.is_attempt and o.handed_off then interval '0'
             when o.is_attempt then o.began_at - (
               select greatest(coalesce(max(a.at) filter (where a.cause = 'retried'), max(coalesce(a.due_at, a.at))), o.run_at)
               from transition a
               where a.task_id = o.task_id and a.step_no = o.step_no and a.attempt = o.attempt - 1
                 and a.cause in ('ready', 'failed', 'timed_out', 'worker_lost', 'released', 'retried'))
             when o.cause = 'started' then o.at - greatest(o.created_at, o.run_at)
           end as waited,
           case when o.cause in ('failed', 'timed_out', 'worker_lost', 'expired') then o.detail end as error
    from told o
    offset 0
  )
  select m.at, m.template_id, m.step_no, m.task_id, m.attempt,
         (m.cause = 'created')::int, (m.cause = 'started')::int,
         (m.is_attempt and m.cause = 'succeeded')::int, (m.is_attempt and m.cause = 'failed')::int,
         (m.is_attempt and m.cause = 'timed_out')::int, (m.is_attempt and m.cause = 'worker_lost')::int,
         (m.is_attempt and m.cause = 'released')::int,
         (m.is_attempt and m.cause not in ('succeeded', 'failed', 'timed_out', 'worker_lost', 'released'))::int,
         (m.cause = 'refused')::int,
         m.is_retry::int, (m.is_retry and m.cause = 'succeeded')::int,
         (m.to_state is not distinct from 'complete')::int, (m.to_state is not distinct from 'error')::int,
         (m.to_state is not distinct from 'skipped')::int,
         (m.to_state is not distinct from 'cancelled' and (m.step_no >= 0 or m.from_state <> 'error'))::int,
         (m.to_state is not distinct from 'cancelled' and m.step_no < 0 and m.from_state = 'error')::int,
         (m.to_state is not distinct from 'resolved_manually')::int,
         (m.cause = 'revived')::int,
         -- a clock that was put back makes nothing negative
         case when m.took is not null then greatest(0, round(date_part('epoch', m.took) * 1000000)) end::int8,
         case when m.waited is not null then greatest(0, round(date_part('epoch', m.waited) * 1000000)) end::int8,
         case when m.error is not null then left(coalesce(m.error ->> 'error_category', ''), 255) end,
         case when m.error is not null then left(coalesce(m.error ->> 'error_class', ''), 255) end,
         case when m.error is not null then left(coalesce(m.error ->> 'error_code', ''), 255) end
  from timed m
$$;
