import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which steps each worker claims, so that one that nobody claims can say so. */
export class AddWorkerHandlers1764360000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      -- The handlers whose steps it claims, as it said when it registered or learned of more; null where it does not say.
      alter table worker add column handlers int[]
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('alter table worker drop column handlers');
  }
}
