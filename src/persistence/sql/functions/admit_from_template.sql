-- Gives the permits that a template has left to the steps that wait for them, by priority, age of the task, and place in
-- the template. Versions may differ in their limits: a step whose turn it is is not overtaken by one of a version that
-- has room yet. Returns how many were admitted. To be called under the lock of admit_within.
create or replace function admit_from_template(p_concurrency int, p_blocked int[]) returns int
language plpgsql
set search_path from current
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  v_permits int;
  v_most int;
  v_admitted int;
begin
  if not exists (
    select from step s where s.concurrency_id = p_concurrency and s.gate = 'template_limit' and not s.held
  ) then
    return 0;
  end if;

  select count(*) into v_permits from step s where s.concurrency_id = p_concurrency and s.gate = 'admitted';
  select max(p.max_steps) into v_most from template p where p.concurrency_id = p_concurrency;

  with waiting as (
    select s.task_id, s.step_no, s.template_id, s.priority
    from step s
    where s.concurrency_id = p_concurrency and s.gate = 'template_limit' and not s.held
      and s.handler_id <> all (p_blocked)
    order by s.priority desc, s.task_id, s.step_no
    limit greatest(v_most - v_permits, 0)
  ),
  ranked as (
    select w.task_id, w.step_no, p.max_steps,
           row_number() over (order by w.priority desc, w.task_id, w.step_no) as place
    from waiting w join template p on p.id = w.template_id
  ),
  fitting as (
    select r.task_id, r.step_no, bool_and(v_permits + r.place <= r.max_steps) over (order by r.place) as fits
    from ranked r
  ),
  free as (
    select s.task_id, s.step_no
    from fitting f join step s on s.task_id = f.task_id and s.step_no = f.step_no
    where f.fits and s.gate = 'template_limit' and not s.held
    for update of s skip locked
  ),
  through as (
    update step s set gate = 'admitted', ready_at = now()
    from free
    where s.task_id = free.task_id and s.step_no = free.step_no
    returning s.step_no
  )
  select count(*) into v_admitted from through;
  return v_admitted;
end
$$;
