import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The audit's rows get a number that readers can follow; what handlers publish, and how far each subscription has read. */
export class AddDelivery1764220000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(NUMBERS);
    await db.query(CUSTOM_EVENTS);
    await db.query(SUBSCRIPTIONS);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('drop table delivery, subscription, custom_event');
    await db.query('alter table transition drop column audit_no, drop column due_at');
    await db.query('drop sequence audit_no');
  }
}

const NUMBERS = `
  -- Orders all that is delivered. Drawn when a row is inserted, so under the locks that its transaction holds by then:
  -- what a row follows from, in whatever transaction, has a smaller number. Not cached, or that would not be so.
  create sequence audit_no as int8 cache 1;

  -- When the next attempt is due, where one follows.
  alter table transition add column due_at timestamptz;

  -- Rows that are there already have 0 and are not delivered; a constant rewrites no table.
  alter table transition add column audit_no int8 not null default 0;
  alter table transition alter column audit_no set default nextval('audit_no');

  -- Numbers grow with the table, so a few bytes for 128 pages find them, and an insert has nothing to write for it.
  -- Who reads summarizes: see summarize_audit().
  create index transition_audit_no on transition using brin (audit_no) with (pages_per_range = 128);
`;

const CUSTOM_EVENTS = `
  -- What handlers publish: written in the transaction of their step's outcome, which makes it true.
  create table custom_event (
    task_id   uuid not null,
    at        timestamptz not null default now(),
    step_no   int2 not null,
    attempt   int2 not null,
    -- In the order in which the attempt published them, from 0.
    position  int2 not null,
    name      text not null,
    payload   json not null,
    audit_no  int8 not null default nextval('audit_no'),
    primary key (task_id, step_no, attempt, position)
  ) partition by range (task_id);
  -- Takes what no month's partition takes: see create_partitions().
  create table custom_event_other partition of custom_event default;
  create index custom_event_audit_no on custom_event using brin (audit_no) with (pages_per_range = 128);
`;

const SUBSCRIPTIONS = `
  -- How far each durable subscription has read, and which process reads for it.
  create table subscription (
    name          text primary key,
    state         text not null default 'active',
    -- All rows of the audit up to this number are delivered, waiting or parked.
    position      int8 not null,
    -- The incarnation of a process that delivers, until its lease ends; it is not renewed while there is nothing to do.
    holder        uuid,
    holder_name   text,
    leased_until  timestamptz,
    events        text[] not null,
    created_at    timestamptz not null default now(),
    -- When the position last changed.
    moved_at      timestamptz,
    constraint state_is_of_a_subscription check (state in ('active', 'paused'))
  ) with (fillfactor = 50);

  -- Events that a subscriber has failed to take, and those that wait behind one of the same task.
  create table delivery (
    subscription  text not null references subscription on delete cascade,
    audit_no      int8 not null,
    -- Which of the events that the row stands for.
    event_no      int2 not null,
    event         text not null,
    event_id      text not null,
    task_id       uuid not null,
    state         text not null default 'waiting',
    attempts      int2 not null default 0,
    -- Null where it waits behind another of its task.
    due_at        timestamptz,
    error         json,
    failed_at     timestamptz,
    parked_at     timestamptz,
    primary key (subscription, audit_no, event_no),
    constraint state_is_of_a_delivery check (state in ('waiting', 'parked')),
    constraint parked_with_time check ((state = 'parked') = (parked_at is not null))
  );
  create index delivery_waiting on delivery (subscription, task_id, audit_no, event_no) where state = 'waiting';
  create index delivery_parked on delivery (subscription, parked_at) where state = 'parked';
`;
