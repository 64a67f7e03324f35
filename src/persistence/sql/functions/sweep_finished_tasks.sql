-- Looks at the next tasks by id, and does what is due with those that are at rest: deletes them, or removes what they
-- have worked with. A task in `error` is not at rest: it can be repaired.
--
-- p_seconds  finished tasks are deleted after this; null for never. Templates may say more: see template_retention().
-- p_after    where the last sweep has come to
-- p_before   see retention_horizon()
-- p_limit    how many are looked at
-- Row returned: the last task looked at (null at the end), how many were deleted and erased, how many are due but kept
-- as a subscription has not had all of their events, and how many events that subscriptions had parked went with them.
-- No row where another worker is sweeping.
create or replace function sweep_finished_tasks(p_seconds float8, p_after uuid, p_before uuid, p_limit int)
returns table (upto uuid, deleted int, erased int, unread int, parked int)
language plpgsql
set search_path from current
as $$
declare
  v_over uuid[];
  v_stale uuid[];
  v_unread uuid[];
begin
  if not pg_try_advisory_xact_lock(hashtextextended(current_schema() || '.retention', 0)) then
    return;
  end if;
  -- what is lost in a crash is due again
  set local synchronous_commit = off;

  with looked as materialized (
    select t.id, t.template_id, t.state, t.finished_at
    from task t
    where t.id > p_after and t.id < p_before
    order by t.id
    limit p_limit
  ),
  rule as materialized (
    select p.id, r.keep_seconds, r.erase_seconds
    from template p cross join lateral template_retention(p.definition, p_seconds) r
    where p.id in (select l.template_id from looked l)
  ),
  resting as (
    select l.id, l.finished_at < now() - r.keep_seconds * interval '1 s' as is_over,
           l.finished_at < now() - r.erase_seconds * interval '1 s' as is_stale
    from looked l join rule r on r.id = l.template_id
    where l.state in ('complete', 'cancelled', 'resolved_manually')
  )
  select (select l.id from looked l order by l.id desc limit 1),
         coalesce((select array_agg(r.id) from resting r where r.is_over), '{}'),
         coalesce((select array_agg(r.id) from resting r where r.is_stale), '{}')
  into upto, v_over, v_stale;

  v_unread := array(select u.task_id from undelivered_tasks(v_over) u);
  unread := cardinality(v_unread);
  select d.deleted, d.parked into deleted, parked
  from delete_tasks(array(select o from unnest(v_over) o where o <> all (v_unread))) d;
  erased := erase_tasks(v_stale);
  return next;
end
$$;
