import { sqlEngine } from '../../support/sql-engine.js';

const sql = sqlEngine();

const attempt = async () => {
  const { engine } = sql;
  const worker = await engine.worker();
  const task = await engine.task(await engine.template([[]]));
  const [key] = await worker.claim();
  return { engine, worker, task, key: key! };
};

describe('refuse_results', () => {
  it.each([
    ['failed', 'failed'],
    ['timed out', 'timed_out'],
  ])('keeps the result of an attempt that has %s, and changes nothing', async (_what, cause) => {
    const { engine, worker, task, key } = await attempt();
    await worker.fail([key], 60_000, cause);
    const before = await engine.step(task);

    expect(await worker.refuse([key], [{ results: { n: 1 } }])).toEqual([key]);

    expect(await engine.step(task)).toEqual(before);
    const [row] = await engine.rows(`select * from transition where task_id = $1 and cause = 'refused'`, [task]);
    expect(row).toMatchObject({
      attempt: 1,
      from_state: null,
      to_state: null,
      worker_id: worker.id,
      detail: { results: { n: 1 } },
    });
    await engine.rows('select cancel_task($1, null, null)', [task]);
  });

  it('does not refuse what the same worker has settled before, in an answer that got lost', async () => {
    const { engine, worker, task, key } = await attempt();
    await worker.complete([key]);

    expect(await worker.refuse([key], [{ results: 1 }])).toEqual([]);
    expect(await engine.causes(task, 0)).not.toContain('refused');
  });

  it('refuses what another worker has settled', async () => {
    const { engine, worker, task, key } = await attempt();
    await worker.release([key]);
    const other = await engine.worker();
    const [second] = await other.claim();
    await other.complete([second!]);

    expect(await worker.refuse([key], [{ results: 1 }])).toEqual([key]);
    expect(await engine.causes(task, 0)).toEqual(['ready', 'claimed', 'released', 'refused', 'claimed', 'succeeded']);
  });

  it('tells the kinds of outcomes apart: a skip that was recorded is not a success that was refused', async () => {
    const { worker, key } = await attempt();
    await worker.advance([key], { to: 'skipped', cause: 'failed', results: [{ message: 'no' }] });

    expect(await worker.refuse([key], [{ error: {} }], 'failed')).toEqual([]);
    expect(await worker.refuse([key], [{ results: 1 }], 'succeeded')).toEqual([key]);
  });

  it('keeps one of an attempt, and does not mind to be asked again', async () => {
    const { engine, worker, task, key } = await attempt();
    await worker.fail([key], null);

    await worker.refuse([key], [{ results: 'first' }]);
    expect(await worker.refuse([key], [{ results: 'second' }])).toEqual([key]);

    const rows = await engine.rows(`select detail from transition where task_id = $1 and cause = 'refused'`, [task]);
    expect(rows).toEqual([{ detail: { results: 'first' } }]);
  });

  it('takes text that PostgreSQL could not make a text of', async () => {
    const { engine, worker, task, key } = await attempt();
    await worker.fail([key], null);
    const detail = { results: 'a\u0000b \uD800' };

    await worker.refuse([key], [detail]);

    const [row] = await engine.rows(`select detail from transition where task_id = $1 and cause = 'refused'`, [task]);
    expect(row).toEqual({ detail });
  });

  it('leaves out steps that do not exist', async () => {
    const { engine, worker, key } = await attempt();

    expect(await worker.refuse([{ ...key, task_id: engine.newId() }], [{}])).toEqual([]);
  });
});
