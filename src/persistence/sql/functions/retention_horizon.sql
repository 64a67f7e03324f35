-- How far a sweep over finished tasks has to look: tasks with ids from here on are too young to be due for anything.
--
-- p_seconds  finished tasks are deleted after this; null for never
-- Null where nothing is ever due: neither by p_seconds nor by `security.pci_compliance.data_retention` of any template.
create or replace function retention_horizon(p_seconds float8) returns uuid
language sql
set search_path from current
as $$
  select case when min(due.seconds) is not null then first_id_at(now() - min(due.seconds) * interval '1 s') end
  from (
    select p_seconds as seconds
    union all
    select r.erase_seconds from template p cross join lateral template_retention(p.definition, p_seconds) r
  ) due
$$;
