-- Counts failures of a system, in a row over all workers, and opens its circuit where they are too many.
--
-- p_recovered  whether it answered well since the last report, before these failures
-- p_threshold  so many failures in a row open the circuit,
-- p_reset_ms   for this long
-- Returns the circuit where this call has changed it: `opened` if it was this one that opened it.
create or replace function report_circuit(
  p_system text, p_recovered boolean, p_failures int, p_threshold int, p_reset_ms int8, p_error_code text
) returns table (failures int, opened boolean)
language plpgsql
set search_path from current
as $$
#variable_conflict use_column
begin
  if p_failures > 0 then
    insert into circuit (dependent_system) values (p_system) on conflict do nothing;
  end if;

  return query
  update circuit c
  set failures = x.failures, error_code = coalesce(p_error_code, c.error_code),
      state = case when x.opens then 'open' else 'closed' end::circuit_state,
      reset_ms = case when x.opens then p_reset_ms else 0 end,
      opened_at = case when x.opens then now() end,
      probe_at = case when x.opens then now() + p_reset_ms * interval '1 ms' end
  from (
    select n.failures, n.failures >= p_threshold as opens
    from (
      select case when p_recovered then 0 else k.failures end + p_failures as failures
      from circuit k
      where k.dependent_system = p_system and k.state = 'closed' and (p_failures > 0 or k.failures > 0)
      for update
    ) n
  ) x
  where c.dependent_system = p_system
  returning c.failures, c.state = 'open';
end
$$;
