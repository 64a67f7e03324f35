import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The tables. What may be true is said here, in types and checks; what may happen is said by the functions in `../sql`. */
export class CreateTables1764000000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(TYPES);
    await db.query(TEMPLATES);
    await db.query(TASKS);
    await db.query(STEPS);
    await db.query(AUDIT);
    await db.query(WORKERS);
    await db.query(INSTALLED);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('drop table transition, step, idempotency_key, task, template_edge, template_step, template');
    await db.query('drop table handler, worker, installed');
    await db.query('drop type state, cause');
  }
}

const TYPES = `
  -- States of tasks and steps; which of them each may have is a check on its table.
  create type state as enum ('pending', 'ready', 'in_progress', 'waiting_for_retry', 'error',
                             'complete', 'resolved_manually', 'skipped', 'cancelled');

  -- Why a row of the audit trail was written, in the order of a life. 'handed_off' stands for two moves in one
  -- instant: pending to ready, and ready to in_progress.
  create type cause as enum ('created', 'bypassed', 'ready', 'started', 'claimed', 'handed_off',
                             'succeeded', 'failed', 'timed_out', 'worker_lost', 'released', 'refused',
                             'retried', 'resolved', 'completed', 'skipped', 'expired', 'revived',
                             'paused', 'resumed', 'cancelled');
`;

const TEMPLATES = `
  create table template (
    id            int generated always as identity primary key,
    namespace     text not null,
    name          text not null,
    version       text not null,
    content_hash  text not null,
    definition    json not null,
    sinks         int2 not null,
    stop_on_first_failure boolean not null,
    max_duration_ms       int8,
    created_at    timestamptz not null default now(),
    constraint one_row_per_content unique (namespace, name, version, content_hash),
    constraint sinks_exist check (sinks > 0)
  );

  -- What steps need done, by the name that templates use; workers say which of these they can run.
  create table handler (
    id    int generated always as identity primary key,
    name  text not null unique
  );

  -- See bypass_handler_id().
  insert into handler (name) values ('tasker.bypass');

  create table template_step (
    template_id  int not null references template,
    step_no      int2 not null,
    name         text not null,
    handler_id   int not null references handler,
    parents      int2 not null,
    is_sink      boolean not null,
    retry_limit  int2 not null,
    timeout_ms   int8 not null,
    skippable    boolean not null,
    primary key (template_id, step_no),
    constraint step_names_are_unique unique (template_id, name)
  );

  create table template_edge (
    template_id  int not null references template,
    from_no      int2 not null,
    to_no        int2 not null,
    primary key (template_id, from_no, to_no)
  );
  create index template_edge_parents on template_edge (template_id, to_no, from_no);
`;

const TASKS = `
  create table task (
    id               uuid primary key,
    template_id      int not null references template,
    state            state not null default 'pending',
    priority         int2 not null default 0,
    -- Steps without dependents that are not satisfied yet: at 0 the task is complete.
    remaining_sinks  int2 not null,
    failed_steps     int2 not null default 0,
    -- Counts the task's own rows of the audit trail.
    revision         int2 not null default 0,
    -- Somebody waits to be notified of the task's end.
    awaited          boolean not null default false,
    paused_at        timestamptz,
    run_at           timestamptz,
    deadline_at      timestamptz,
    created_at       timestamptz not null default now(),
    started_at       timestamptz,
    finished_at      timestamptz,
    context          jsonb not null,
    initiator        text not null,
    reason           text not null,
    source_system    text not null,
    tags             text[] not null default '{}',
    correlation_id   text not null,
    traceparent      text,
    idempotency_key  text,
    constraint state_is_of_a_task check
      (state in ('pending', 'in_progress', 'complete', 'error', 'cancelled', 'resolved_manually')),
    constraint complete_when_all_sinks_are_satisfied check (state <> 'complete' or remaining_sinks = 0),
    constraint counters_are_not_negative check (remaining_sinks >= 0 and failed_steps >= 0),
    constraint priority_is_in_range check (priority between -100 and 100)
  ) with (fillfactor = 80);
  -- The rescue reads the steps of these only.
  create index task_in_progress on task (id) where state = 'in_progress';
  create index task_failing on task (id) where state = 'in_progress' and failed_steps > 0;
  create index task_deadline on task (deadline_at) where state = 'in_progress' and deadline_at is not null;

  -- Apart from tasks, so that a key is unique however tasks are stored, and costs nothing where none is given.
  create table idempotency_key (
    key           text primary key,
    task_id       uuid not null,
    request_hash  text not null
  );
  create index idempotency_key_task on idempotency_key (task_id);
`;

const STEPS = `
  create table step (
    task_id            uuid not null,
    step_no            int2 not null,
    attempt            int2 not null default 0,
    -- Attempts that do not count against the limit: released by a draining worker, or made before an operator's retry.
    forgiven           int2 not null default 0,
    retry_limit        int2 not null,
    losses             int2 not null default 0,
    remaining_parents  int2 not null,
    priority           int2 not null,
    template_id        int not null,
    handler_id         int not null,
    worker_id          int,
    state              state not null,
    is_sink            boolean not null,
    -- Not to be started while true: the task is paused, or has stopped at its first failure.
    held               boolean not null default false,
    -- Claimable since; null where it is not.
    ready_at           timestamptz,
    -- Becomes claimable then (retry, run_at).
    due_at             timestamptz,
    started_at         timestamptz,
    finished_at        timestamptz,
    result             json,
    error              json,
    primary key (task_id, step_no),
    constraint worker_while_in_progress check (state <> 'in_progress' or (worker_id is not null and started_at is not null)),
    constraint claimable_in_two_states check (ready_at is null or state in ('ready', 'waiting_for_retry')),
    constraint due_in_two_states check (due_at is null or state in ('ready', 'waiting_for_retry')),
    constraint result_when_settled check (result is null or state in ('complete', 'resolved_manually')),
    constraint ready_when_parents_are_satisfied check (state in ('pending', 'cancelled', 'skipped') or remaining_parents = 0),
    constraint counters_are_not_negative check (remaining_parents >= 0 and attempt >= 0 and forgiven >= 0)
  ) with (fillfactor = 50);
  -- A claim reads only this: claimable rows, however many are finished. Older tasks come first.
  create index step_claimable on step (handler_id, priority desc, task_id, step_no) where ready_at is not null and not held;
  create index step_due on step (due_at) where due_at is not null and not held;
`;

const AUDIT = `
  -- Append-only: one row per move of a step (or of the task: step_no -1, attempt = the task's revision).
  -- The key says that an attempt has one of each cause: it starts once and succeeds once.
  create table transition (
    task_id     uuid not null,
    at          timestamptz not null default now(),
    step_no     int2 not null,
    attempt     int2 not null,
    from_state  state,
    to_state    state,
    cause       cause not null,
    worker_id   int,
    actor       text,
    reason      text,
    detail      json,
    primary key (task_id, step_no, attempt, cause)
  ) partition by range (task_id);
  -- Takes what no month's partition takes: see create_partitions().
  create table transition_other partition of transition default;
`;

const WORKERS = `
  create table worker (
    id             int generated always as identity primary key,
    name           text not null,
    host           text not null,
    pid            int not null,
    slots          int not null,
    state          text not null default 'live',
    started_at     timestamptz not null default now(),
    seen_at        timestamptz not null default now(),
    -- Since when its event loop does not turn; its heart beats on from a thread of its own.
    blocked_since  timestamptz,
    stopped_at     timestamptz,
    constraint state_is_of_a_worker check (state in ('live', 'draining', 'stopped', 'lost'))
  ) with (fillfactor = 50);
  create index worker_alive on worker (id) where state in ('live', 'draining');
`;

const INSTALLED = `
  -- Which release's functions are in place: an older process leaves newer ones alone.
  create table installed (
    only_row        boolean primary key default true check (only_row),
    version         text not null,
    functions_hash  text not null
  );
`;
