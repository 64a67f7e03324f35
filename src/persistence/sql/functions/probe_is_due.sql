-- Whether a step may try the system now: it has been left alone for as long as it should, or whoever tried it last died
-- over it, or gave up.
create or replace function probe_is_due(p_circuit circuit) returns boolean
language sql stable
set search_path from current
as $$
  select case p_circuit.state
    when 'open' then p_circuit.probe_at <= now()
    when 'half_open' then not exists (
      select from step s
      where s.task_id = p_circuit.probe_task and s.step_no = p_circuit.probe_step
        and s.attempt = p_circuit.probe_attempt and s.state = 'in_progress')
    else false end
$$;
