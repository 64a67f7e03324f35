import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the audit comes to, per minute, hour and day: see `sql/functions/roll_up.sql`. */
export class AddRollups1764300000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(CURSOR);
    await db.query(TOTALS);
    await db.query(ERRORS);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('drop table rollup_cursor, rollup_totals, rollup_error');
  }
}

const CURSOR = `
  -- All rows of the audit up to this number are in the roll-ups, and no others. No row: none is yet.
  create table rollup_cursor (
    only_row  boolean primary key default true check (only_row),
    position  int8 not null
  ) with (fillfactor = 50);
`;

const TOTALS = `
  -- What happened to the tasks of a template (step_no -1) and to each of its steps. Columns are those of audit_facts().
  -- Every interval is there in minutes, in hours and in days; shorter ones are forgotten first: see forget_rollups().
  create table rollup_totals (
    -- length of the interval, in seconds
    grain        int4 not null,
    template_id  int4 not null,
    -- its beginning; days begin at midnight UTC
    at           timestamptz not null,
    step_no      int2 not null,
    created      int8 not null,
    begun        int8 not null,
    succeeded    int8 not null,
    failed       int8 not null,
    timed_out    int8 not null,
    worker_lost  int8 not null,
    released     int8 not null,
    cut_off      int8 not null,
    refused      int8 not null,
    retries            int8 not null,
    retries_succeeded  int8 not null,
    completed    int8 not null,
    errored      int8 not null,
    skipped      int8 not null,
    cancelled    int8 not null,
    abandoned    int8 not null,
    resolved     int8 not null,
    revived      int8 not null,
    -- in microseconds
    duration_n    int8 not null,
    duration_sum  int8 not null,
    duration_min  int8,
    duration_max  int8,
    -- of rows that speak of tasks: the one that took duration_max
    slowest_task  uuid,
    wait_n        int8 not null,
    wait_sum      int8 not null,
    wait_min      int8,
    wait_max      int8,
    -- how many lay in which range: see merge_histograms()
    durations     int8[] not null,
    waits         int8[] not null,
    primary key (grain, template_id, at, step_no)
  ) with (fillfactor = 50);
`;

const ERRORS = `
  -- What attempts failed with; '' where an error has no category or code. Messages stay with their attempts.
  create table rollup_error (
    grain        int4 not null,
    template_id  int4 not null,
    at           timestamptz not null,
    step_no      int2 not null,
    category     text not null,
    class        text not null,
    code         text not null,
    n            int8 not null,
    first_at     timestamptz not null,
    last_at      timestamptz not null,
    -- of the last one
    task_id      uuid not null,
    attempt      int2 not null,
    primary key (grain, template_id, at, step_no, category, class, code)
  ) with (fillfactor = 50);
`;
