-- What was recorded of the metrics of a template within the last p_seconds, put back to a full minute.
create or replace function alert_metrics(p_namespace text, p_template text, p_seconds float8)
returns table (metric text, count int8, sum float8)
language sql stable
set search_path from current
as $$
  select m.metric, sum(m.count)::int8, sum(m.sum)
  from alert_metric m
  where m.namespace = p_namespace and m.template = p_template
    and m.minute >= date_trunc('minute', now() - p_seconds * interval '1 s')
  group by m.metric
$$;
