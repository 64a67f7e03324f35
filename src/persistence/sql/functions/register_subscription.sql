-- Makes a subscription known. A new one begins with what is written from now on, or with all there is.
create or replace function register_subscription(p_name text, p_events text[], p_from_now boolean) returns void
language sql
set search_path from current
as $$
  insert into subscription (name, events, position)
  select p_name, p_events, case when p_from_now and n.is_called then n.last_value else 0 end from audit_no n
  on conflict (name) do update set events = excluded.events
  where subscription.events <> excluded.events
$$;
