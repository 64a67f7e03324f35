-- Stores a template version unless the same content is there already; returns its id, and the content that the
-- newest row of that version had before (null where there was none).
--
-- p_steps   [{step_no, name, handler, dependent_system, breaker, parents, is_sink, retry_limit, timeout_ms, skippable}]
-- p_limits  {max_tasks, max_steps, max_task_steps, queue_size}, each null for none; null where there are none at all
create or replace function store_template(
  p_namespace text, p_name text, p_version text, p_hash text, p_definition json, p_stop_on_first_failure boolean,
  p_max_duration_ms int8, p_steps json, p_replace boolean, p_limits json default null
) returns table (id int, conflicting_hash text)
language plpgsql
set search_path from current
as $$
#variable_conflict use_column
declare
  v_id int;
  v_newest record;
  v_concurrency int;
begin
  -- One at a time for a name, so that processes that start together agree.
  perform pg_advisory_xact_lock(hashtextextended(current_schema() || p_namespace || chr(31) || p_name, 0));

  select t.id, t.content_hash into v_newest from template t
  where t.namespace = p_namespace and t.name = p_name and t.version = p_version
  order by t.id desc limit 1;
  if v_newest.content_hash = p_hash then
    return query select v_newest.id, null::text;
    return;
  end if;
  if v_newest.id is not null and not p_replace then
    return query select null::int, v_newest.content_hash;
    return;
  end if;

  insert into handler (name, dependent_system, breaker)
  select distinct s.handler, coalesce(s.dependent_system, ''), coalesce(s.breaker, true)
  from json_to_recordset(p_steps) as s (handler text, dependent_system text, breaker boolean)
  on conflict do nothing;

  if p_limits is not null then
    insert into concurrency (namespace, name) values (p_namespace, p_name) on conflict do nothing;
    select c.id into v_concurrency from concurrency c where c.namespace = p_namespace and c.name = p_name;
  end if;

  insert into template (namespace, name, version, content_hash, definition, sinks, stop_on_first_failure, max_duration_ms,
                        concurrency_id, max_tasks, max_steps, max_task_steps, queue_size)
  select p_namespace, p_name, p_version, p_hash, p_definition,
         (select count(*) from json_to_recordset(p_steps) as s (is_sink boolean) where s.is_sink),
         p_stop_on_first_failure, p_max_duration_ms,
         v_concurrency, l.max_tasks, l.max_steps, l.max_task_steps, l.queue_size
  from (values (coalesce(p_limits, '{}'))) given (limits)
  cross join lateral json_to_record(given.limits) as l (max_tasks int, max_steps int, max_task_steps int, queue_size int)
  -- Content that was there before and was replaced in between comes back as the newest.
  on conflict on constraint one_row_per_content do update set content_hash = excluded.content_hash
  returning template.id into v_id;

  insert into template_step (template_id, step_no, name, handler_id, parents, is_sink, retry_limit, timeout_ms, skippable)
  select v_id, s.step_no, s.name, h.id, json_array_length(s.parents), s.is_sink, s.retry_limit, s.timeout_ms, s.skippable
  from json_to_recordset(p_steps) as s (step_no int2, name text, handler text, dependent_system text, breaker boolean,
                                        parents json, is_sink boolean, retry_limit int2, timeout_ms int8, skippable boolean)
  join handler h on h.name = s.handler and h.dependent_system = coalesce(s.dependent_system, '')
    and h.breaker = coalesce(s.breaker, true)
  on conflict do nothing;

  insert into template_edge (template_id, from_no, to_no)
  select v_id, p.from_no::int2, s.step_no
  from json_to_recordset(p_steps) as s (step_no int2, parents json), json_array_elements_text(s.parents) as p (from_no)
  on conflict do nothing;

  return query select v_id, v_newest.content_hash;
end
$$;
