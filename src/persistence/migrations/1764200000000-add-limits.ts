import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Limits of how many tasks and steps of a template run at once, and circuits of the systems that steps depend on.
 * What a step has for them is null where its template sets no limit: it takes no room, and no update touches an index for it.
 */
export class AddLimits1764200000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(LIMITS);
    await db.query(CIRCUITS);
    await db.query(HANDLERS_BY_SYSTEM);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('drop index step_gate, task_limited');
    await db.query('alter table step drop column gate, drop column concurrency_id');
    await db.query('alter table task drop column admitted, drop column concurrency_id');
    await db.query(
      'alter table template drop column concurrency_id, drop column max_tasks, drop column max_steps, drop column max_task_steps, drop column queue_size',
    );
    await db.query('drop table concurrency, circuit');
    await db.query('drop type gate, circuit_state');
    await db.query(ONE_HANDLER_BY_NAME);
  }
}

const LIMITS = `
  -- What limits are counted over: a template's name, whatever the version.
  create table concurrency (
    id         int generated always as identity primary key,
    namespace  text not null,
    name       text not null,
    constraint one_row_per_template unique (namespace, name)
  );

  alter table template
    -- Null where this version sets no limit; its tasks and steps then have none either.
    add column concurrency_id  int references concurrency,
    -- Tasks in progress at once.
    add column max_tasks       int,
    -- Steps that run at once, over all tasks and all workers.
    add column max_steps       int,
    -- Steps of one task that run at once.
    add column max_task_steps  int,
    -- Tasks that may wait for their turn.
    add column queue_size      int,
    add constraint limits_are_positive
      check (least(max_tasks, max_steps, max_task_steps) > 0 and queue_size >= 0),
    add constraint limits_are_counted check (
      (concurrency_id is null) = (num_nonnulls(max_tasks, max_steps, max_task_steps, queue_size) = 0));

  alter table task
    add column concurrency_id  int,
    -- It has its place among the tasks in progress; null where there is no such limit, or it waits for one.
    add column admitted        boolean;
  create index task_limited on task (concurrency_id, state, admitted, run_at)
    where concurrency_id is not null and state in ('pending', 'in_progress');

  -- Where a limited step stands, in the order in which it comes by them: it waits for its task's place, for its task's
  -- other steps, for those of other tasks; or it is admitted, and holds a permit until its attempt ends.
  create type gate as enum ('task_queue', 'task_limit', 'template_limit', 'admitted');

  alter table step
    add column concurrency_id  int,
    add column gate            gate,
    -- Permits are counted from rows: no limited step is claimable or runs without one, and none has one for nothing.
    -- Neither can one be forgotten: what is ready stands somewhere.
    add constraint gate_agrees_with_state check (
      case when concurrency_id is null then gate is null
           when gate is null then ready_at is null and state <> 'in_progress'
             and (due_at is not null or state not in ('ready', 'waiting_for_retry'))
           when gate = 'admitted' then state = 'in_progress' or ready_at is not null
           else ready_at is null and due_at is null and state in ('ready', 'waiting_for_retry') end);
  create index step_gate on step (concurrency_id, gate, held, priority desc, task_id, step_no) where gate is not null;
`;

const CIRCUITS = `
  create type circuit_state as enum ('closed', 'open', 'half_open');

  -- What is known of the health of systems that have failed lately: one row for all workers.
  create table circuit (
    dependent_system  text primary key,
    state             circuit_state not null default 'closed',
    -- In a row: those that opened it, and the probes that failed since.
    failures          int not null default 0,
    -- For how long it stays open.
    reset_ms          int8 not null default 0,
    opened_at         timestamptz,
    -- When one step may try the system again.
    probe_at          timestamptz,
    -- The attempt that tries it, while half open.
    probe_task        uuid,
    probe_step        int2,
    probe_attempt     int2,
    -- Of the last failure: its code, else its class; its message may tell of a task that is nobody else's business.
    error_code        text,
    constraint open_since check ((state = 'closed') = (opened_at is null) and (state = 'closed') = (probe_at is null)),
    constraint one_probe check ((state = 'half_open') = (num_nonnulls(probe_task, probe_step, probe_attempt) = 3))
  ) with (fillfactor = 50);
`;

const HANDLERS_BY_SYSTEM = `
  -- A row for each system that a handler's steps depend on: a claim names the rows whose steps it wants, so that steps
  -- behind an open circuit are passed over without being read.
  alter table handler
    add column dependent_system  text not null default '',
    -- False for steps that never wait for a circuit.
    add column breaker           boolean not null default true,
    -- The circuit that its steps wait for, as workers that have the handler say; null for none.
    add column circuit           text,
    drop constraint handler_name_key,
    add constraint one_row_per_system unique (name, dependent_system, breaker);

  insert into handler (name, dependent_system)
  select distinct h.name, d.step ->> 'dependentSystem'
  from template p
  cross join lateral json_array_elements(p.definition -> 'steps') with ordinality as d (step, place)
  join template_step ts on ts.template_id = p.id and ts.step_no = d.place - 1
  join handler h on h.id = ts.handler_id
  where d.step ->> 'dependentSystem' <> '';

  update template_step ts set handler_id = n.id
  from template p
  cross join lateral json_array_elements(p.definition -> 'steps') with ordinality as d (step, place),
       handler o, handler n
  where p.id = ts.template_id and ts.step_no = d.place - 1
    and o.id = ts.handler_id and n.name = o.name and n.dependent_system = d.step ->> 'dependentSystem'
    and n.dependent_system <> '';

  -- Not those that are bypassed.
  update step s set handler_id = n.id
  from template_step ts, handler o, handler n
  where ts.template_id = s.template_id and ts.step_no = s.step_no and n.id = ts.handler_id
    and o.id = s.handler_id and o.name = n.name and o.id <> n.id
    and s.state not in ('complete', 'resolved_manually', 'skipped', 'cancelled');
`;

const ONE_HANDLER_BY_NAME = `
  insert into handler (name) select distinct name from handler on conflict do nothing;
  update template_step ts set handler_id = o.id
    from handler n, handler o
    where n.id = ts.handler_id and o.name = n.name and o.dependent_system = '' and o.breaker and n.id <> o.id;
  update step s set handler_id = o.id
    from handler n, handler o
    where n.id = s.handler_id and o.name = n.name and o.dependent_system = '' and o.breaker and n.id <> o.id;
  delete from handler where dependent_system <> '' or not breaker;
  alter table handler
    drop constraint one_row_per_system,
    drop column dependent_system, drop column breaker, drop column circuit,
    add constraint handler_name_key unique (name);
`;
