-- Lets another process take over at once.
create or replace function release_subscription(p_name text, p_holder uuid) returns void
language sql
set search_path from current
as $$
  update subscription set holder = null, holder_name = null, leased_until = null
  where name = p_name and holder = p_holder
$$;
