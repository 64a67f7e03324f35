-- Gives the steps of workers that have been silent for p_silent_ms back to the pool. Their attempts count; a step that
-- has used up its attempts, or was lost p_max_losses times, fails instead.
--
-- Workers lost within the last minute are looked at again: a claim of theirs may have committed after they were declared lost.
-- One rescuer at a time: the others return at once.
--
-- Rows returned: a worker that was found lost (worker_id), a step (its new state), or a task that settled.
create or replace function rescue_workers(p_silent_ms int, p_max_losses int, p_error text)
returns table (worker_id int, task_id uuid, step_no int2, attempt int2, template_id int, state state, detail json)
language plpgsql
set search_path from current
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_dead int[];
  v_failed uuid[];
  v_skipped record;
begin
  if not exists (
    select from worker w
    where (w.state in ('live', 'draining') and w.seen_at < now() - p_silent_ms * interval '1 ms'
           -- after a restart of the server nobody has had the chance to beat
           and pg_postmaster_start_time() < now() - p_silent_ms * interval '1 ms')
       or (w.state = 'lost' and w.stopped_at > now() - interval '1 minute')
  ) or not pg_try_advisory_xact_lock(hashtextextended(current_schema() || '.rescue', 0)) then
    return;
  end if;

  return query
    update worker w set state = 'lost', stopped_at = now()
    where w.state in ('live', 'draining') and w.seen_at < now() - p_silent_ms * interval '1 ms'
      and pg_postmaster_start_time() < now() - p_silent_ms * interval '1 ms'
    returning w.id, null::uuid, null::int2, null::int2, null::int, null::state, null::json;

  select array_agg(w.id) into v_dead from worker w
  where w.state = 'lost' and w.stopped_at > now() - interval '1 minute';
  if v_dead is null then
    return;
  end if;

  -- A skippable step that has no attempt left is skipped, and what depends on it goes on.
  for v_skipped in
    select s.worker_id, array_agg(s.task_id order by s.task_id, s.step_no) as t,
           array_agg(s.step_no order by s.task_id, s.step_no) as n,
           array_agg(s.attempt order by s.task_id, s.step_no) as a,
           array_agg(s.template_id order by s.task_id, s.step_no) as p,
           json_agg(lost_error(p_error, s.attempt) order by s.task_id, s.step_no) as r
    from task t join step s on s.task_id = t.id and s.state = 'in_progress' and s.worker_id = any (v_dead)
    join template_step ts on ts.template_id = s.template_id and ts.step_no = s.step_no and ts.skippable
    where t.state = 'in_progress' and (s.attempt - s.forgiven >= s.retry_limit or s.losses + 1 >= p_max_losses)
    group by s.worker_id
  loop
    return query
      select v_skipped.worker_id, k.t, k.n, k.a, k.p, 'skipped'::state, null::json
      from unnest(v_skipped.t, v_skipped.n, v_skipped.a, v_skipped.p) as k (t, n, a, p);
    return query
      select null::int, f.task_id, null::int2, null::int2, f.template_id, f.state, f.detail
      from advance(v_skipped.worker_id, '{}', v_skipped.t, v_skipped.n, v_skipped.a, v_skipped.r,
                   'skipped', 'worker_lost', 0, 0) f
      where f.kind = 4;
  end loop;

  return query
  with lost as (
    update step s
    set state = case when x.spent then 'error'::state else 'ready' end,
        losses = s.losses + 1,
        error = lost_error(p_error, s.attempt),
        ready_at = case when x.spent then null else now() end,
        -- what is given back keeps its permit
        gate = case when x.spent then null else s.gate end,
        finished_at = case when x.spent then now() end
    from (
      select s.task_id, s.step_no, s.attempt - s.forgiven >= s.retry_limit or s.losses + 1 >= p_max_losses as spent
      from task t join step s on s.task_id = t.id and s.state = 'in_progress' and s.worker_id = any (v_dead)
      where t.state = 'in_progress'
      order by s.task_id, s.step_no
    ) x
    where s.task_id = x.task_id and s.step_no = x.step_no and s.state = 'in_progress' and s.worker_id = any (v_dead)
    returning s.worker_id, s.task_id, s.step_no, s.attempt, s.template_id, s.state, s.error
  ),
  counted as (
    update task t
    set failed_steps = t.failed_steps + x.failed
    from (select l.task_id, count(*)::int2 as failed from lost l where l.state = 'error'
          group by l.task_id order by l.task_id) x
    where t.id = x.task_id
  ),
  audit as (
    insert into transition (task_id, step_no, attempt, from_state, to_state, cause, worker_id, detail)
    select l.task_id, l.step_no, l.attempt, 'in_progress', l.state, 'worker_lost', l.worker_id, l.error from lost l
  )
  select l.worker_id, l.task_id, l.step_no, l.attempt, l.template_id, l.state, null::json from lost l;

  select array_agg(t.id) into v_failed from task t where t.state = 'in_progress' and t.failed_steps > 0;
  perform hold_stopped_tasks(v_failed);
  return query select null::int, f.task_id, null::int2, null::int2, f.template_id, f.state, f.detail
    from settle_failing_tasks(v_failed) f;
end
$$;
