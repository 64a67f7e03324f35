-- Records the values that an operator has given in place of others, where no state changes by it: in a row of the task's.
--
-- p_values  the new ones, with `step_no` where they are a step's; nulls are left out
create or replace function note_update(p_task uuid, p_values json, p_actor text, p_reason text) returns void
language sql
set search_path from current
as $$
  with noted as (
    update task t set revision = t.revision + 1 where t.id = p_task returning t.revision
  )
  insert into transition (task_id, step_no, attempt, cause, actor, reason, detail)
  select p_task, -1, n.revision, 'updated', p_actor, p_reason,
         (select json_object_agg(v.key, v.value) from json_each(p_values) v where json_typeof(v.value) <> 'null')
  from noted n
$$;
