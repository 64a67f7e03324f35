import { sqlEngine } from '../../support/sql-engine.js';

const sql = sqlEngine();

describe('advance accepts a result only from the live attempt', () => {
  const claimed = async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const task = await engine.task(await engine.template([[], [0]]));
    const [key] = await worker.claim();
    return { engine, worker, task, key: key! };
  };

  it('of the worker that claimed it', async () => {
    const { engine, task, key } = await claimed();
    const other = await engine.worker('other');

    expect((await other.complete([key])).accepted).toBe(0);
    expect(await engine.states(task)).toEqual(['in_progress', 'pending']);
    expect(await engine.causes(task, 0)).toEqual(['ready', 'claimed']);
  });

  it('and not of one before it, or after it', async () => {
    const { engine, worker, task, key } = await claimed();
    for (const attempt of [key.attempt - 1, key.attempt + 1]) {
      expect((await worker.complete([{ ...key, attempt }])).accepted).toBe(0);
    }

    expect(await engine.states(task)).toEqual(['in_progress', 'pending']);
  });

  it('once: the same result again changes nothing', async () => {
    const { engine, worker, task, key } = await claimed();

    expect((await worker.complete([key], { results: [1] })).accepted).toBe(1);
    const again = await worker.complete([key], { results: [2], handoff: 5 });

    expect(again).toMatchObject({ accepted: 0, handedOff: [], settled: [] });
    expect((await engine.step(task)).result).toBe(1);
    expect((await engine.step(task, 1)).remaining_parents).toBe(0);
    const [counter] = await engine.rows('select remaining_sinks from task where id = $1', [task]);
    expect(counter).toEqual({ remaining_sinks: 1 });
    await worker.claim();
    await engine.rows('select cancel_task($1, null, null)', [task]);
  });

  it('of a step that waits for a retry no more', async () => {
    const { engine, worker, task, key } = await claimed();
    await worker.fail([key], 60_000);

    expect((await worker.complete([key])).accepted).toBe(0);
    expect(await engine.states(task)).toEqual(['waiting_for_retry', 'pending']);
  });

  it('of a step that was cancelled no more', async () => {
    const { engine, worker, task, key } = await claimed();
    await engine.rows('select * from cancel_task($1, null, null)', [task]);

    expect((await worker.complete([key], { handoff: 5 })).accepted).toBe(0);
    expect(await engine.states(task)).toEqual(['cancelled', 'cancelled']);
  });

  it('and says of each of a batch whether it was, without holding up the others', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const template = await engine.template([[]]);
    const tasks = await engine.tasks(template, 3);
    const keys = await worker.claim();
    await engine.rows('select * from cancel_task($1, null, null)', [keys[1]!.task_id]);

    const { accepted, settled } = await worker.complete(keys);

    expect(accepted).toBe(2);
    expect(settled.map(({ task_id }) => task_id).sort()).toEqual([tasks[0], tasks[2]]);
    expect(await worker.stale(keys)).toEqual(keys);
  });

  it('from a worker that was declared lost, while nobody has taken the step back: the result is still the only one', async () => {
    const { engine, worker, task, key } = await claimed();
    await engine.rows(`update worker set state = 'lost' where id = $1`, [worker.id]);

    const { accepted, live, handedOff, claimed: more } = await worker.complete([key], { handoff: 5, want: 5 });

    expect({ accepted, live, handedOff, more }).toEqual({ accepted: 1, live: false, handedOff: [], more: [] });
    expect(await engine.states(task)).toEqual(['complete', 'ready']);
  });
});

describe('advance claims nothing', () => {
  it.each(['lost', 'stopped'])('for a worker that is %s', async (state) => {
    const { engine } = sql;
    const worker = await engine.worker();
    const task = await engine.task(await engine.template([[]]));
    await engine.rows('update worker set state = $2 where id = $1', [worker.id, state]);

    expect(await worker.advance([], { want: 10 })).toMatchObject({ claimed: [], live: false });
    expect(await engine.states(task)).toEqual(['ready']);
  });

  it('for a worker that does not exist', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    Object.assign(worker, { id: 999_999 });

    expect(await worker.advance([], { want: 10 })).toMatchObject({ claimed: [], live: false });
  });
});
