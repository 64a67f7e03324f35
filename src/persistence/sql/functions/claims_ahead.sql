-- How many steps come before a task's, for each handler of which it has claimable ones: those that the workers that claim
-- its steps claim first, by priority, age of the task, and place in the template. Counted no further than p_most + 1.
create or replace function claims_ahead(p_task uuid, p_silent_ms float8, p_most int) returns json
language plpgsql stable
set search_path from current
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  v_first record;
  v_rivals int[];
  v_ahead int;
  v_blocked int[] := blocked_handlers();
  v_claims jsonb := '[]';
begin
  for v_first in
    select distinct on (s.handler_id) s.handler_id, s.priority, s.task_id, s.step_no
    from step s
    where s.task_id = p_task and s.ready_at is not null and not s.held and s.handler_id <> all (v_blocked)
    order by s.handler_id, s.step_no
  loop
    v_rivals := array(
      select v_first.handler_id
      union
      select h.id
      from worker w cross join lateral unnest(w.handlers) h (id)
      where w.state = 'live' and w.seen_at > now() - p_silent_ms * interval '1 ms'
        and v_first.handler_id = any (w.handlers) and h.id <> all (v_blocked)
    );
    select count(*) into v_ahead from (
      select 1
      from unnest(v_rivals) r (id)
      cross join lateral (
        (select 1 from step s
         where s.handler_id = r.id and s.ready_at is not null and not s.held and s.priority > v_first.priority
         limit p_most + 1)
        union all
        (select 1 from step s
         where s.handler_id = r.id and s.ready_at is not null and not s.held and s.priority = v_first.priority
           and (s.task_id, s.step_no) < (v_first.task_id, v_first.step_no)
         limit p_most + 1)
      ) x
      limit p_most + 1
    ) c;
    v_claims := v_claims || jsonb_build_object('handlerId', v_first.handler_id, 'ahead', v_ahead);
  end loop;
  return v_claims;
end
$$;
