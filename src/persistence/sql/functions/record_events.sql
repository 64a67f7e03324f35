-- Keeps what handlers have published, of those attempts that are live in this worker's hands. To be called before their
-- outcome is recorded, in the same transaction: their steps stay locked, so that it is accepted, and what was published
-- comes before it in the audit.
--
-- p_events  [{t, n, a, position, name, at, payload}]
create or replace function record_events(p_worker int, p_events json)
returns void
language plpgsql
set search_path from current
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
as $$
begin
  -- All steps of a task that stops at its first failure: these may be marked, and are locked in their order.
  perform from (
    select e.t, array_agg(distinct e.n) as steps
    from json_to_recordset(p_events) as e (t uuid, n int2) group by e.t
  ) x
  join task t on t.id = x.t
  join template p on p.id = t.template_id
  join step s on s.task_id = x.t and (p.stop_on_first_failure or s.step_no = any (x.steps))
  order by s.task_id, s.step_no
  for update of s;

  insert into custom_event (task_id, step_no, attempt, position, name, at, payload)
  select e.t, e.n, e.a, e.position, e.name, e.at, e.payload
  from json_to_recordset(p_events)
    as e (t uuid, n int2, a int2, position int2, name text, at timestamptz, payload json)
  join step s on s.task_id = e.t and s.step_no = e.n
    and s.state = 'in_progress' and s.attempt = e.a and s.worker_id = p_worker
  order by e.t, e.n, e.position;
end
$$;
