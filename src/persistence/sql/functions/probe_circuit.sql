-- Claims the step that tries a system whose circuit is open, where that is due: one at a time over all workers.
-- Rows returned: as those of advance; none where no probe is due, or no step of these handlers waits.
create or replace function probe_circuit(p_worker int, p_system text, p_handlers int[])
returns table (
  kind int2, task_id uuid, step_no int2, attempt int2, template_id int, handler_id int, forgiven int2,
  retry_limit int2, state state, detail json
)
language plpgsql
set search_path from current
set enable_seqscan = off
as $$
#variable_conflict use_column
declare
  v_row record;
begin
  -- Nothing is locked, and so nothing written, while there is nothing to try.
  if not exists (select from circuit c where c.dependent_system = p_system and probe_is_due(c)) or not exists (
    select from step s where s.handler_id = any (p_handlers) and s.ready_at is not null and not s.held
  ) then
    return;
  end if;
  perform from circuit c where c.dependent_system = p_system and c.state <> 'closed' for update skip locked;
  if not found then
    return;
  end if;
  -- A statement of its own, to see what was committed before the row was locked.
  if not exists (select from circuit c where c.dependent_system = p_system and probe_is_due(c)) then
    return;
  end if;

  for v_row in
    select a.* from advance(p_worker, p_handlers, '{}', '{}', '{}', '[]', 'complete', 'succeeded', 0, 1) a
  loop
    if v_row.kind = 3 then
      update circuit c
      set state = 'half_open', probe_task = v_row.task_id, probe_step = v_row.step_no, probe_attempt = v_row.attempt
      where c.dependent_system = p_system;
    end if;
    return query
      select v_row.kind, v_row.task_id, v_row.step_no, v_row.attempt, v_row.template_id, v_row.handler_id, v_row.forgiven,
             v_row.retry_limit, v_row.state, v_row.detail;
  end loop;
end
$$;
