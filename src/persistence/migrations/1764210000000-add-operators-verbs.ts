import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What operators change: a stop of a task that they can lift, and what a step is given in place of its template's inputs. */
export class AddOperatorsVerbs1764210000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      -- Since when nothing more of it starts: a step failed in a template that stops at its first failure, or its time
      -- ran out. An operator lifts it.
      alter table task add column stopped_at timestamptz;

      -- Given by an operator in place of the template's.
      alter table step add column inputs json;

      -- An operator changed something and nothing moved.
      alter type cause add value 'updated' before 'cancelled';

      update task t set stopped_at = now()
      from template p
      where p.id = t.template_id and p.stop_on_first_failure and t.state = 'in_progress' and t.failed_steps > 0;
    `);
  }

  /** The cause stays: PostgreSQL takes no value from an enum. */
  async down(db: QueryRunner): Promise<void> {
    await db.query('alter table step drop column inputs; alter table task drop column stopped_at');
  }
}
