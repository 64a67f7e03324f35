-- Moves alerts on by what was found of them, all or nothing, and writes down what is to be told of it.
--
-- p_found  [{id, turn, holds, over, figures, error, ended}]
--          holds  whether the condition holds, over whether it is over: null where the figures do not say
--          error  why it could not be evaluated: nothing moves
--          ended  why nobody looks after it any more: it is over at once
-- p_rest_ms  after so long it may be the turn of another
-- Rows returned: the events, in their order. Alerts whose turn has passed to another process are left as they are.
create or replace function settle_alerts(p_found json, p_rest_ms int)
returns table (
  audit_no int8, name text, at timestamptz, alert_id uuid, incident_id uuid, fired_at timestamptz, reason text,
  definition json, figures json
)
language sql
set search_path from current
as $$
  with found as materialized (
    select a.*, f.holds as holds_now, f.over, f.figures as figures_now, f.error as error_now, f.ended,
           coalesce((a.definition ->> 'for_seconds')::float8, 0) * interval '1 s' as hold_for,
           coalesce((a.definition ->> 'resolve_after_seconds')::float8, 0) * interval '1 s' as over_for
    from json_to_recordset(p_found)
      as f (id uuid, turn int8, holds boolean, over boolean, figures json, error text, ended text)
    join alert a on a.id = f.id and a.turn = f.turn
    order by a.id
    for update of a
  ),
  moved as materialized (
    select f.*,
      case
        when f.ended is not null then
          case when f.last_fired_at is null then 'inactive'::alert_state else 'resolved' end
        when f.error_now is not null or f.holds_now is null and f.state <> 'firing' then f.state
        when f.state = 'firing' then
          case when f.over and not coalesce(f.holds_now, false) and coalesce(f.over_since, now()) + f.over_for <= now()
               then 'resolved'::alert_state else 'firing' end
        when not f.holds_now then case when f.last_fired_at is null then 'inactive'::alert_state else 'resolved' end
        when f.hold_for = interval '0' or f.state = 'pending' and f.state_since + f.hold_for <= now() then 'firing'
        else 'pending'
      end as state_now,
      case when f.error_now is not null or f.over is null then f.over_since
           when f.over and not coalesce(f.holds_now, false) then coalesce(f.over_since, now())
      end as over_now
    from found f
  ),
  written as (
    update alert a
    set state = m.state_now,
        state_since = case when m.state_now = m.state then m.state_since else now() end,
        over_since = case when m.state_now = 'firing' and m.state = 'firing' then m.over_now end,
        incident_id = case when m.state_now = 'firing' and m.state <> 'firing' then gen_random_uuid() else m.incident_id end,
        fired_count = m.fired_count + (m.state_now = 'firing' and m.state <> 'firing')::int,
        last_fired_at = case when m.state_now = 'firing' and m.state <> 'firing' then now() else m.last_fired_at end,
        last_resolved_at = case when m.state = 'firing' and m.state_now <> 'firing' then now() else m.last_resolved_at end,
        evaluated_at = now(),
        figures = m.figures_now,
        holds = m.holds_now,
        error = m.error_now,
        turn_until = now() + p_rest_ms * interval '1 ms'
    from moved m
    where a.id = m.id
    returning a.*, m.state as state_before, m.ended
  )
  insert into alert_event (name, alert_id, incident_id, fired_at, reason, definition, figures)
  select case when w.state = 'firing' then 'alert.fired' else 'alert.resolved' end, w.id, w.incident_id, w.last_fired_at,
         case when w.state <> 'firing' then coalesce(w.ended, 'recovered') end, w.definition, w.figures
  from written w
  where (w.state = 'firing') <> (w.state_before = 'firing')
  order by w.id
  returning audit_no, name, at, alert_id, incident_id, fired_at, reason, definition, figures
$$;
