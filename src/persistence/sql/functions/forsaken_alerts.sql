-- Gives a process the turn to end alerts that no process has looked after for so long: they are not declared any more.
-- What was told of alerts is forgotten with the years, once all subscriptions have it.
--
-- p_after_ms  how long that is
-- p_turn_ms   for so long others leave them alone
create or replace function forsaken_alerts(p_after_ms int8, p_turn_ms int)
returns table (id uuid, turn int8)
language sql
set search_path from current
as $$
  with forgotten as (
    delete from alert_event e
    where e.at < now() - interval '1 year'
      and e.audit_no <= coalesce((select min(s.position) from subscription s), e.audit_no)
  )
  update alert a
  set turn = a.turn + 1, turn_until = now() + p_turn_ms * interval '1 ms'
  where a.id in (
    select f.id from alert f
    where f.turn_until < now() - p_after_ms * interval '1 ms'
    order by f.id
    for update skip locked)
  returning a.id, a.turn
$$;
