-- Gives a process the turn to evaluate alerts, so that each is evaluated by one process at a time, whichever it is.
--
-- p_alerts   what the process has declared: [{id, namespace, template, name, severity, definition}]
-- p_turn_ms  for so long others leave them alone, unless they are settled before
-- Rows returned: those whose turn it is. What the others make of them meanwhile is refused by their number.
create or replace function take_alerts(p_alerts json, p_turn_ms int)
returns table (id uuid, turn int8)
language sql
set search_path from current
as $$
  insert into alert as a (id, namespace, template, name, severity, definition, turn, turn_until)
  select d.id, d.namespace, d.template, d.name, d.severity, d.definition, 1, now() + p_turn_ms * interval '1 ms'
  from json_to_recordset(p_alerts)
    as d (id uuid, namespace text, template text, name text, severity text, definition json)
  order by d.id
  on conflict (id) do update
  set namespace = excluded.namespace, template = excluded.template, name = excluded.name, severity = excluded.severity,
      definition = excluded.definition, turn = a.turn + 1, turn_until = excluded.turn_until
  where a.turn_until is null or a.turn_until <= now()
  returning a.id, a.turn
$$;
