-- Adds what a process has recorded of metrics that alerts ask for, and forgets what is older than any window.
--
-- p_values  [{namespace, template, metric, count, sum}], each metric once
create or replace function record_alert_metrics(p_values json) returns void
language sql
set search_path from current
as $$
  with forgotten as (
    delete from alert_metric m where m.minute < now() - interval '25 hours'
  )
  insert into alert_metric as m (namespace, template, metric, minute, count, sum)
  select v.namespace, v.template, v.metric, date_trunc('minute', now()), v.count, v.sum
  from json_to_recordset(p_values) as v (namespace text, template text, metric text, count int8, sum float8)
  order by v.namespace, v.template, v.metric
  on conflict (namespace, template, metric, minute) do update
  set count = m.count + excluded.count, sum = m.sum + excluded.sum
$$;
