import { sqlEngine, type Row } from '../../support/sql-engine.js';

const sql = sqlEngine();

beforeEach(async () => {
  await sql.engine.rows('truncate step, task, transition, worker, idempotency_key');
});

/** Asks for tasks of these templates, oldest first. @returns the places of those that were refused */
async function refused(
  templates: number[],
  {
    db = sql.engine.db,
    queues = 'exactly',
    ...rules
  }: { db?: Pick<typeof sql.engine.db, 'query'>; queues?: string; key?: string; runAt?: Date } = {},
): Promise<number[]> {
  const { engine } = sql;
  const ids = templates.map(() => engine.newId());
  const requests = templates.map((template, n) => engine.request(ids[n]!, template, rules));
  const { rows } = await db.query('select * from create_tasks($1, $2, $3)', [
    JSON.stringify(requests),
    rules.key !== undefined,
    queues,
  ]);
  return (rows as Row[]).filter(({ queue_size }) => queue_size !== null).map(({ id }) => ids.indexOf(id as string));
}

describe('create_tasks with a queue', () => {
  it('refuses what would be one too many to wait, and creates the others', async () => {
    const { engine } = sql;
    const bounded = await engine.template([[]], { limits: { queue_size: 2 } });
    const free = await engine.template([[]]);

    expect(await refused([bounded, free, bounded, bounded, free])).toEqual([3]);
    const [{ count }] = (await engine.rows('select count(*)::int as count from task where template_id = $1', [
      bounded,
    ])) as [Row];
    expect(count).toBe(2);
    // it limits tasks, not steps
    expect((await engine.rows('select from step where gate is not null')).length).toBe(0);
  });

  it('counts those that wait beside those that may be in progress', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const template = await engine.template([[]], { limits: { queue_size: 1, max_tasks: 2 } });
    expect(await refused([template, template, template, template])).toEqual([3]);
    await engine.rows('select sweep_gates(true)');
    const running = await worker.claim();
    expect(running).toHaveLength(2);
    expect(await refused([template])).toEqual([0]);

    await worker.complete([running[0]!]);
    expect(await refused([template])).toEqual([]);
    expect(await refused([template])).toEqual([0]);
  });

  it('lets tasks wait that are to run later', async () => {
    const template = await sql.engine.template([[]], { limits: { queue_size: 1 } });
    const runAt = new Date(Date.now() + 3_600_000);

    expect(await refused([template, template, template], { runAt })).toEqual([]);
    expect(await refused([template])).toEqual([]);
    expect(await refused([template])).toEqual([0]);
  });

  it('answers a key that is taken though the queue is full, and keeps no key of a task that it refuses', async () => {
    const { engine } = sql;
    const template = await engine.template([[]], { limits: { queue_size: 1 } });
    expect(await refused([template], { key: 'first' })).toEqual([]);

    expect(await refused([template], { key: 'first' })).toEqual([]);
    expect(await refused([template], { key: 'second' })).toEqual([0]);
    expect(await engine.rows(`select key from idempotency_key order by key`)).toEqual([{ key: 'first' }]);
  });

  it('is exact for requests that come at the same moment', async () => {
    const { engine } = sql;
    const template = await engine.template([[]], { limits: { queue_size: 3 } });
    const clients = await Promise.all(Array.from({ length: 6 }, () => engine.connect()));

    const answers = await Promise.all(clients.map((db) => refused([template], { db })));

    expect(answers.flat()).toHaveLength(3);
  });

  it('does not wait for a transaction of the host that goes on', async () => {
    const { engine } = sql;
    const template = await engine.template([[]], { limits: { queue_size: 1 } });
    const host = await engine.connect();
    await host.query('begin');
    expect(await refused([template], { db: host, queues: 'about' })).toEqual([]);

    expect(await refused([template])).toEqual([]);
    await host.query('commit');
    expect(await refused([template])).toEqual([0]);
  });
});
