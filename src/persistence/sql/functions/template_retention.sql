-- What a template's definition says of how long things of its finished tasks are kept, in seconds.
--
-- p_seconds      finished tasks are deleted after this; null for never
-- keep_seconds   its tasks are deleted after this: `security.audit_logging.retention_period` may keep them longer
-- erase_seconds  contexts and results of its tasks are removed after this; null for never
create or replace function template_retention(p_definition json, p_seconds float8)
returns table (keep_seconds float8, erase_seconds float8)
language sql immutable
set search_path from current
as $$
  select case when p_seconds is not null
              then greatest(p_seconds, (p_definition #>> '{security,auditLogging,retentionSeconds}')::float8) end,
         case when p_definition #>> '{security,pciCompliance,enabled}' = 'true'
              then (p_definition #>> '{security,pciCompliance,dataRetentionSeconds}')::float8 end
$$;
