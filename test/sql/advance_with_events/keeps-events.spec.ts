import { sqlEngine, type Key, type SqlWorker } from '../../support/sql-engine.js';

const sql = sqlEngine();

const published = (keys: Key[], name = 'order.placed'): string =>
  JSON.stringify(
    keys.map(({ task_id: t, step_no: n, attempt: a }, k) => ({
      ...{ t, n, a, position: k, name },
      at: '2026-01-31T09:30:00.000Z',
      payload: { k },
    })),
  );

const advance = async (worker: SqlWorker, keys: Key[], events: string | null, standstills = false) =>
  (
    await worker.db.query('select * from advance_with_events($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, $9, $10)', [
      worker.id,
      [],
      keys.map(({ task_id }) => task_id),
      keys.map(({ step_no }) => step_no),
      keys.map(({ attempt }) => attempt),
      JSON.stringify(keys.map(() => null)),
      'complete',
      'succeeded',
      events,
      standstills,
    ])
  ).rows as { kind: number; detail: unknown[] }[];

const fail = (worker: SqlWorker, keys: Key[], delayMs: number | null, events: string | null, standstills: boolean) => {
  const items = keys.map(({ task_id: t, step_no: n, attempt: a }) => ({ t, n, a, cause: 'failed', delay_ms: delayMs }));
  return worker.db.query('select * from fail_attempts_with_events($1, $2, $3, $4)', [
    worker.id,
    JSON.stringify(items),
    events,
    standstills,
  ]);
};

const kept = (keys: Key[]) =>
  sql.engine.rows<{ task_id: string; attempt: number }>('select * from custom_event where task_id = any ($1)', [
    keys.map(({ task_id }) => task_id),
  ]);

async function claimed(parents: number[][], count = 1) {
  const worker = await sql.engine.worker();
  const template = await sql.engine.template(parents);
  const tasks = await sql.engine.tasks(template, count);
  return { worker, tasks, keys: await worker.claim() };
}

describe('what attempts have published is kept', () => {
  it('of those that are live in the hands of the worker, and of no other', async () => {
    const { worker, keys } = await claimed([[]], 3);
    const [good, stale, other] = keys as [Key, Key, Key];
    const thief = await sql.engine.worker('thief');
    await advance(thief, [other], published([other]));
    await advance(worker, [good, stale], published([good, { ...stale, attempt: 2 }]));
    expect(await kept(keys)).toMatchObject([{ task_id: good.task_id, attempt: 1 }]);
  });

  it('once, though the answer was lost and the outcome is sent again', async () => {
    const { worker, keys } = await claimed([[]]);
    for (const times of [1, 2]) {
      const rows = await advance(worker, keys, published(keys));
      expect(rows.find(({ kind }) => kind === 1)).toMatchObject({ attempt: 2 - times });
    }
    expect(await kept(keys)).toHaveLength(1);
  });

  it('not where the outcome is rolled back', async () => {
    const { worker, keys } = await claimed([[]]);
    await worker.db.query('begin');
    await advance(worker, keys, published(keys));
    await worker.db.query('rollback');
    expect(await kept(keys)).toEqual([]);
  });

  it('of attempts that fail', async () => {
    const { worker, keys } = await claimed([[]]);
    await fail(worker, keys, 1_000, published(keys), false);
    expect(await kept(keys)).toHaveLength(1);
    expect(await sql.engine.causes(keys[0]!.task_id, 0)).toContain('failed');
  });
});

describe('a task is said to stand still', () => {
  const reasons = (rows: { kind?: number; step_no?: number | null; detail: unknown }[]): unknown[] =>
    rows.filter(({ kind, step_no }) => kind === 9 || step_no === -1).map(({ detail }) => (detail as unknown[])[0]);

  it('where nothing of it runs or can be claimed, and not before', async () => {
    const { worker, keys } = await claimed([[], [], []]);
    const [one, two, three] = keys as [Key, Key, Key];
    expect(reasons((await fail(worker, [one], 60_000, null, true)).rows)).toEqual([]);
    expect(reasons((await fail(worker, [two], null, null, true)).rows)).toEqual([]);
    expect(reasons(await advance(worker, [three], null, true))).toEqual(['waiting_for_retry']);
  });

  it('not where steps are ready, or it has ended', async () => {
    const { worker, keys } = await claimed([[], [0]]);
    expect(reasons(await advance(worker, keys, null, true))).toEqual([]);
    const next = await worker.claim();
    expect(reasons(await advance(worker, next, null, true))).toEqual([]);
  });

  it('where it is held', async () => {
    const { worker, tasks, keys } = await claimed([[], [0]]);
    await sql.engine.rows('update step set held = true where task_id = $1', [tasks[0]]);
    expect(reasons(await advance(worker, keys, null, true))).toEqual(['waiting_for_dependencies']);
  });
});
