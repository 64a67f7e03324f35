import { engines, eventually, single, SOON, type Engine } from '../support/engine.js';

const { start } = engines();

/** Rows written so far, per table. Backends tell what they did when they are idle, at most a second later. */
async function written(engine: Engine): Promise<Record<string, number>> {
  const rows = await engine.sql<{ table: string; n: string }>(`
    select case when relname like 'transition%' then 'transition' else relname end as table,
           sum(n_tup_ins + n_tup_upd + n_tup_del) as n
    from pg_stat_user_tables where schemaname = 'tasker' group by 1`);
  return Object.fromEntries(rows.map(({ table, n }) => [table, Number(n)]));
}

/** Waits until the counters, but for that of heartbeats, have stood still for longer than a backend keeps what it did. */
async function settled(engine: Engine): Promise<Record<string, number>> {
  let last = '';
  let since = Date.now();
  await eventually('the counters stand still', async () => {
    const now = JSON.stringify({ ...(await written(engine)), worker: 0 });
    if (now !== last) [last, since] = [now, Date.now()];
    return Date.now() - since > 1_500;
  });
  return written(engine);
}

describe('an idle system', () => {
  it('writes nothing but heartbeats, also while a retry is waited for', async () => {
    const engine = await start({
      templates: [
        single('done'),
        single('waits', { retry_backoff: { ...SOON, initial_delay: 3_000, max_delay: 3_000 } }),
      ],
      handlers: {
        done: () => 1,
        waits: () => {
          throw new Error('later');
        },
      },
      // polls and sweeps often, so that what they write would show
      worker: { pollMs: 20, heartbeatMs: 100, silentMs: 300 },
    });
    await engine.run('done');
    const { taskId } = await engine.create('waits');
    await eventually('it waits', () => engine.eventsOf(taskId).includes('step.retry_scheduled'));
    await engine.create('done', { runAt: new Date(Date.now() + 3_600_000) });
    const before = await settled(engine);

    await eventually(
      'twenty heartbeats more',
      async () => (await written(engine)).worker! >= before.worker! + 20,
      20_000,
    );

    const after = await written(engine);
    expect({ ...after, worker: 0 }).toEqual({ ...before, worker: 0 });
  });
});
