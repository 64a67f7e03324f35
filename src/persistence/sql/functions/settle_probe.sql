-- Says how the attempt ended that tried a system: well (true), and its circuit is closed; badly (false), and it is open
-- for twice as long as before, at most p_most_ms; or so that nothing is known (null), and another may try at once.
-- Returns what is so now; nothing where this was not the attempt that tries it.
create or replace function settle_probe(
  p_system text, p_task uuid, p_step int2, p_attempt int2, p_well boolean, p_most_ms int8, p_error_code text
) returns table (failures int, reset_ms int8)
language sql
set search_path from current
as $$
  update circuit c
  set state = case when p_well then 'closed' else 'open' end::circuit_state,
      failures = case when p_well then 0 when p_well is null then c.failures else c.failures + 1 end,
      reset_ms = case when p_well then 0 else x.reset_ms end,
      opened_at = case when p_well then null else c.opened_at end,
      probe_at = case when p_well then null when p_well is null then now() else now() + x.reset_ms * interval '1 ms' end,
      error_code = coalesce(p_error_code, c.error_code),
      probe_task = null, probe_step = null, probe_attempt = null
  from (
    select case when p_well is null then k.reset_ms else least(k.reset_ms * 2, greatest(k.reset_ms, p_most_ms)) end as reset_ms
    from circuit k where k.dependent_system = p_system
  ) x
  where c.dependent_system = p_system and c.state = 'half_open'
    and c.probe_task = p_task and c.probe_step = p_step and c.probe_attempt = p_attempt
  returning c.failures, c.reset_ms
$$;
