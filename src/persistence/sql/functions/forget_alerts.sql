-- Forgets alerts that are not declared any more, once they have ended.
--
-- p_ids, p_turns  whose turn it is
create or replace function forget_alerts(p_ids uuid[], p_turns int8[]) returns void
language sql
set search_path from current
as $$
  delete from alert a
  using unnest(p_ids, p_turns) f (id, turn)
  where a.id = f.id and a.turn = f.turn and a.state not in ('firing', 'pending')
$$;
