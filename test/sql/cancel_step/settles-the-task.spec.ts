import { sqlEngine } from '../../support/sql-engine.js';
import { SqlOperator } from '../../support/sql-operator.js';

const sql = sqlEngine();
let operator: SqlOperator;
beforeEach(async () => {
  await sql.engine.rows('truncate step, task, transition');
  operator = SqlOperator.of(sql.engine);
});

describe('cancel_step', () => {
  it('cancels all that depends on it, directly or not, and nothing else', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    // 0 → 1 → 2, and 4 that waits for 2 and 3
    const id = await engine.task(await engine.template([[], [0], [1], [], [2, 3]]));
    await worker.claim(1);
    expect((await operator.step('cancel', id, 1)).steps).toEqual([
      [1, 'pending', 'cancelled'],
      [2, 'pending', 'cancelled'],
      [4, 'pending', 'cancelled'],
    ]);
    expect(await engine.states(id)).toEqual(['in_progress', 'cancelled', 'cancelled', 'ready', 'cancelled']);
  });

  it('leaves a task cancelled once the last of the rest is through', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const id = await engine.task(await engine.template([[], [0], []]));
    const keys = await worker.claim();
    await operator.step('cancel', id, 1);
    expect((await worker.complete([keys[0]!])).settled).toEqual([]);
    expect((await worker.complete([keys[1]!])).settled).toMatchObject([{ task_id: id, state: 'cancelled' }]);
    expect(await engine.causes(id, -1)).toEqual(['created', 'started', 'cancelled']);
  });

  it('leaves a task in error in which another step fails', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const id = await engine.task(await engine.template([[], []]));
    const [key] = await worker.claim(1);
    await operator.step('cancel', id, 1);
    expect(await worker.fail([key!])).toMatchObject([{ state: 'error' }, { step_no: null, state: 'error' }]);
  });

  it('of the failed step ends its task, and lets a stopped one go on', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const one = await engine.task(await engine.template([[], [0]]));
    await worker.fail(await worker.claim());
    expect(await operator.step('cancel', one)).toMatchObject({ was: 'error', state: 'cancelled' });

    const two = await engine.task(await engine.template([[], [0], []], { stopOnFirstFailure: true }));
    await worker.fail(await worker.claim(1));
    expect(await operator.step('cancel', two)).toMatchObject({ was: 'error', state: 'in_progress' });
    expect(await worker.claim()).toMatchObject([{ step_no: 2 }]);
  });

  it('stops no task that stops at its first failure', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const id = await engine.task(await engine.template([[], [], []], { stopOnFirstFailure: true }));
    const keys = await worker.claim(1);
    await operator.step('cancel', id, 1);
    await worker.complete(keys);
    expect(await worker.claim()).toMatchObject([{ step_no: 2 }]);
  });

  it('does not touch a step that was skipped ahead of it, nor what follows that', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const id = await engine.task(await engine.template([[], [0], [1]]));
    await operator.step('skip', id, 1);
    expect((await operator.step('cancel', id, 0)).steps).toEqual([[0, 'ready', 'cancelled']]);
    expect(await engine.states(id)).toEqual(['cancelled', 'skipped', 'ready']);
    expect((await worker.complete(await worker.claim())).settled).toMatchObject([{ state: 'cancelled' }]);
  });

  it('of every step cancels a task that never started', async () => {
    const { engine } = sql;
    const id = await engine.task(await engine.template([[], [0]]));
    expect(await operator.step('cancel', id, 0)).toMatchObject({ was: 'pending', state: 'cancelled' });
    expect(await engine.causes(id, -1)).toEqual(['created', 'cancelled']);
  });
});
