-- Gives tasks that wait for their turn the places that there are, by priority and age; their steps go on to the limit of
-- their task. Returns these tasks. To be called under the lock of admit_within.
create or replace function admit_tasks(p_concurrency int) returns uuid[]
language plpgsql
set search_path from current
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  v_under_way int;
  v_most int;
  v_next record;
  v_seen uuid[] := '{}';
  v_admitted uuid[] := '{}';
begin
  loop
    select s.task_id, s.template_id, t.admitted or t.state <> 'pending' as has_place into v_next
    from step s join task t on t.id = s.task_id
    where s.concurrency_id = p_concurrency and s.gate = 'task_queue' and not s.held and s.task_id <> all (v_seen)
    order by s.priority desc, s.task_id
    limit 1;
    exit when not found;

    if v_next.has_place is not true then
      v_under_way := coalesce(v_under_way, (
        select count(*) from task t where t.concurrency_id = p_concurrency and t.state = 'in_progress'
      ) + (
        select count(*) from task t where t.concurrency_id = p_concurrency and t.state = 'pending' and t.admitted
      ));
      select p.max_tasks into v_most from template p where p.id = v_next.template_id;
      exit when v_under_way >= v_most;
    end if;

    v_seen := v_seen || v_next.task_id;
    perform from task t where t.id = v_next.task_id for update skip locked;
    continue when not found;
    update step s set gate = 'task_limit'
    from (
      select q.step_no from step q where q.task_id = v_next.task_id and q.gate = 'task_queue' for update skip locked
    ) free
    where s.task_id = v_next.task_id and s.step_no = free.step_no;
    v_admitted := v_admitted || v_next.task_id;
    if v_next.has_place is not true then
      update task t set admitted = true where t.id = v_next.task_id;
      v_under_way := v_under_way + 1;
    end if;
  end loop;
  return v_admitted;
end
$$;
