import type { Row, SqlEngine } from './sql-engine.js';

export interface Cost {
  /** Blocks of tables and indexes, cached or not. */
  blocks: number;
  seqScans: number;
  /** That scans of `step`, `task` and `transition` read. */
  rows: number;
}

/** What a statement touches. */
export async function costOf(engine: SqlEngine, run: () => Promise<unknown>): Promise<Cost> {
  const read = async (): Promise<Row> => {
    await engine.rows('select pg_stat_force_next_flush()');
    await engine.rows('select pg_stat_clear_snapshot()');
    const [io] = await engine.rows(`
      select sum(heap_blks_read + heap_blks_hit + coalesce(idx_blks_read, 0) + coalesce(idx_blks_hit, 0))::int as blocks
      from pg_statio_user_tables where schemaname = 'tasker'`);
    const [use] = await engine.rows(`
      select sum(seq_scan)::int as seq_scans, sum(seq_tup_read + idx_tup_fetch)::int as rows
      from pg_stat_user_tables where schemaname = 'tasker' and relname in ('step', 'task', 'transition')`);
    return { ...io, ...use };
  };
  const before = await read();
  await run();
  const after = await read();
  return {
    blocks: after.blocks - before.blocks,
    seqScans: after.seq_scans - before.seq_scans,
    rows: after.rows - before.rows,
  };
}
