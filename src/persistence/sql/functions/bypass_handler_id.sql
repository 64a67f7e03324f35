-- The handler that every worker has: it turns a step that a request bypasses into `skipped` when its turn comes,
-- so that what follows it still waits for what comes before it.
create or replace function bypass_handler_id() returns int
language sql stable
set search_path from current
as $$ select id from handler where name = 'tasker.bypass' $$;
