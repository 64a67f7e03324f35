import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What task handlers say of their tasks once these have settled. Not indexed, so that writing it stays on the row's page. */
export class AddAnnotations1764230000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query('alter table task add column annotations jsonb');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('alter table task drop column annotations');
  }
}
