-- A worker says that it claims the steps of other handlers than before.
create or replace function declare_handlers(p_worker int, p_handlers int[]) returns void
language sql
set search_path from current
as $$
  update worker w set handlers = p_handlers where w.id = p_worker and w.handlers is distinct from p_handlers
$$;
