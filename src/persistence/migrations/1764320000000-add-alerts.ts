import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How alerts stand, which is the same for all processes, and what was told of them. */
export class AddAlerts1764320000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(ALERTS);
    await db.query(EVENTS);
    await db.query(METRICS);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('drop table alert_metric, alert_event, alert; drop type alert_state');
  }
}

const ALERTS = `
  create type alert_state as enum ('inactive', 'pending', 'firing', 'resolved');

  create table alert (
    -- Made of what declares it and its name: the same in all processes.
    id                uuid primary key,
    -- Null where it is about all of them.
    namespace         text,
    template          text,
    name              text not null,
    severity          text not null,
    -- As who evaluated it last has it.
    definition        json not null,
    state             alert_state not null default 'inactive',
    state_since       timestamptz not null default now(),
    -- Since when it has been over, while it fires.
    over_since        timestamptz,
    -- Joins what is told of one firing.
    incident_id       uuid,
    fired_count       int not null default 0,
    last_fired_at     timestamptz,
    last_resolved_at  timestamptz,
    evaluated_at      timestamptz,
    -- What the condition was asked over: figures by the names that it calls them by; null for one that has no value.
    figures           json,
    -- Whether the condition held; null where its figures do not say.
    holds             boolean,
    -- Why it could not be evaluated.
    error             text,
    -- Whose turn it is: what others make of it meanwhile is not taken.
    turn              int8 not null default 0,
    turn_until        timestamptz,
    constraint incident_once_fired check ((incident_id is null) = (last_fired_at is null)),
    constraint over_while_firing check (over_since is null or state = 'firing'),
    constraint fired_before_resolved check (state not in ('firing', 'resolved') or last_fired_at is not null)
  ) with (fillfactor = 50);
`;

const EVENTS = `
  -- That alerts fired and were resolved: told in the one order of all events.
  create table alert_event (
    audit_no     int8 primary key default nextval('audit_no'),
    name         text not null,
    at           timestamptz not null default now(),
    alert_id     uuid not null,
    incident_id  uuid not null,
    fired_at     timestamptz not null,
    -- Why it was resolved.
    reason       text,
    definition   json not null,
    figures      json,
    constraint name_is_of_an_alert check (name in ('alert.fired', 'alert.resolved')),
    constraint reason_of_an_end check ((name = 'alert.resolved') = (reason is not null))
  );
`;

const METRICS = `
  -- What all processes have recorded of metrics of templates that alerts ask for.
  create table alert_metric (
    namespace  text not null,
    template   text not null,
    metric     text not null,
    minute     timestamptz not null,
    count      int8 not null,
    sum        float8 not null,
    primary key (namespace, template, metric, minute)
  );
`;
