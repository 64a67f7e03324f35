import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What lists of tasks are found by, however many tasks there are. A task is written three times in its life, and each time
 * every B-tree that holds it takes an entry more: so these hold few tasks, or ranges of pages rather than tasks.
 */
export class AddListIndexes1764260000000 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      -- Which pages may hold a task with such a trait. Ids come in the order of the pages: with them in the index and the
      -- question, the planner knows how few ranges a rare value has. Who reads summarizes: see summarize_tasks().
      create index task_traits on task using brin (
        id,
        template_id int4_bloom_ops (n_distinct_per_range = 16),
        initiator text_bloom_ops (n_distinct_per_range = 64),
        source_system text_bloom_ops (n_distinct_per_range = 16)
      ) with (pages_per_range = 16);

      -- Small ranges, as nearly every task brings a value of its own: a page that is used again writes its range's summary.
      create index task_correlation on task using brin (
        id,
        correlation_id text_bloom_ops (n_distinct_per_range = 128)
      ) with (pages_per_range = 4);

      create index task_tagged on task using gin (tags) where tags <> '{}';
      create index task_prioritized on task (priority, id) where priority <> 0;
      create index task_unsuccessful on task (state, id) where state in ('error', 'cancelled', 'resolved_manually');
      -- Of these, the only one that takes an entry for every task: 75 bytes of log.
      create index task_pending on task (id) where state = 'pending';
    `);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(`
      drop index task_traits, task_correlation, task_tagged, task_prioritized, task_unsuccessful, task_pending
    `);
  }
}
