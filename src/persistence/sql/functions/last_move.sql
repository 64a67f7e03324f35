-- The last row of the audit trail by which a task moved: for this cause, or to this state.
create or replace function last_move(p_task uuid, p_cause cause, p_to state) returns json
language sql stable
set search_path from current
as $$
  select json_build_object('cause', x.cause, 'at', x.at, 'actor', x.actor, 'reason', x.reason)
  from transition x
  where x.task_id = p_task and x.step_no = -1
    and (x.cause = p_cause or p_cause is null) and (x.to_state = p_to or p_to is null)
  order by x.attempt desc
  limit 1
$$;
