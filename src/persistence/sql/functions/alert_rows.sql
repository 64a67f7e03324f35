-- What was told of alerts, in the one order of all events.
--
-- p_alert  only of this one; null for all
-- p_after  rows with higher numbers than this, p_upto up to this: no further than SafeHorizon says
create or replace function alert_rows(p_alert uuid, p_after int8, p_upto int8)
returns table (
  audit_no int8, name text, at timestamptz, alert_id uuid, incident_id uuid, fired_at timestamptz, reason text,
  definition json, figures json
)
language sql stable
set search_path from current
set enable_seqscan = off
as $$
  select e.audit_no, e.name, e.at, e.alert_id, e.incident_id, e.fired_at, e.reason, e.definition, e.figures
  from alert_event e
  where e.audit_no > p_after and e.audit_no <= p_upto and (p_alert is null or e.alert_id = p_alert)
  order by e.audit_no
$$;
