import { eventually, type Engine } from './engine.js';

/**
 * Rows written so far, per table but for the roll-ups: what has happened is added to them some seconds later. Backends tell
 * what they did when they are idle, at most a second later.
 */
export async function rowsWritten(engine: Engine): Promise<Record<string, number>> {
  const rows = await engine.sql<{ table: string; n: string }>(`
    select case when relname like 'transition%' then 'transition' else relname end as table,
           sum(n_tup_ins + n_tup_upd + n_tup_del) as n
    from pg_stat_user_tables where schemaname = 'tasker' and relname not like 'rollup%' group by 1`);
  return Object.fromEntries(rows.map(({ table, n }) => [table, Number(n)]));
}

/** Waits until the counters, but for that of heartbeats, have stood still for longer than a backend keeps what it did. */
export async function whenQuiet(engine: Engine): Promise<Record<string, number>> {
  let last = '';
  let since = Date.now();
  await eventually('the counters stand still', async () => {
    const now = JSON.stringify({ ...(await rowsWritten(engine)), worker: 0 });
    if (now !== last) [last, since] = [now, Date.now()];
    return Date.now() - since > 1_500;
  });
  return rowsWritten(engine);
}

/** Watches for so many heartbeats, and expects that nothing else is written. */
export async function expectOnlyHeartbeats(engine: Engine, beats = 20): Promise<void> {
  const before = await whenQuiet(engine);
  const seen = async (): Promise<boolean> => (await rowsWritten(engine)).worker! >= before.worker! + beats;
  await eventually(`${beats} heartbeats more`, seen, 20_000);
  expect({ ...(await rowsWritten(engine)), worker: 0 }).toEqual({ ...before, worker: 0 });
}
