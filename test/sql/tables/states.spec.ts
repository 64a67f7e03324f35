import { ATTEMPT_OUTCOMES, STEP_STATES, TASK_STATES } from '../../../src/core/states.js';
import { CAUSES } from '../../../src/persistence/entities/transition.entity.js';
import { sqlEngine, type Row } from '../../support/sql-engine.js';

const sql = sqlEngine();

const labels = async (type: string): Promise<string[]> =>
  (
    await sql.engine.rows<{ label: string }>(
      'select enumlabel as label from pg_enum where enumtypid = $1::regtype order by enumsortorder',
      [type],
    )
  ).map(({ label }) => label);

beforeEach(async () => {
  await sql.engine.rows('truncate step, task, transition');
});

describe("the database's states", () => {
  it('are those of the code', async () => {
    expect((await labels('state')).sort()).toEqual([...new Set([...TASK_STATES, ...STEP_STATES])].sort());
  });

  it('of a task are those of the code, and no other is taken', async () => {
    const { engine } = sql;
    const task = await engine.task(await engine.template([[]]));
    const taken: string[] = [];
    for (const state of await labels('state')) {
      const change = engine.rows('update task set state = $2, remaining_sinks = 0 where id = $1', [task, state]);
      await change.then(
        () => taken.push(state),
        (error: Row) => expect(error).toMatchObject({ code: '23514', constraint: 'state_is_of_a_task' }),
      );
    }

    expect(taken.sort()).toEqual([...TASK_STATES].sort());
  });

  it('of a step are those of the code, and no other is taken', async () => {
    const { engine } = sql;
    const task = await engine.task(await engine.template([[]]));
    const taken: string[] = [];
    for (const state of await labels('state')) {
      const change = engine.rows(
        'update step set state = $2, ready_at = null, worker_id = 1, started_at = now() where task_id = $1',
        [task, state],
      );
      await change.then(
        () => taken.push(state),
        () => undefined,
      );
    }

    expect(taken.sort()).toEqual([...STEP_STATES].sort());
  });

  it('are caused by what the code knows, in its order', async () => {
    expect(await labels('cause')).toEqual([...CAUSES]);
  });

  it('know every outcome of an attempt as a cause, by its own name', async () => {
    const causes = await labels('cause');
    expect(ATTEMPT_OUTCOMES.filter((outcome) => !causes.includes(outcome))).toEqual([]);
  });
});

describe('the tables refuse', () => {
  it.each([
    ['a step that runs without a worker', `state = 'in_progress', started_at = now(), ready_at = null`],
    ['a step that is complete and claimable', `state = 'complete'`],
    ['a result of a step that is not complete', `result = '1'`],
    ['a step that runs before its parents', `remaining_parents = 1`],
    ['a counter below zero', `remaining_parents = -1, state = 'pending', ready_at = null`],
    ['a due time of a step that has failed', `state = 'error', ready_at = null, due_at = now()`],
  ])('%s', async (_what, change) => {
    const { engine } = sql;
    const task = await engine.task(await engine.template([[]]));

    await expect(engine.rows(`update step set ${change} where task_id = $1`, [task])).rejects.toMatchObject({
      code: '23514',
    });
  });

  it('a complete task with steps that are not satisfied', async () => {
    const { engine } = sql;
    const task = await engine.task(await engine.template([[]]));

    await expect(engine.rows(`update task set state = 'complete' where id = $1`, [task])).rejects.toMatchObject({
      constraint: 'complete_when_all_sinks_are_satisfied',
    });
  });

  it('a second end of one attempt in the audit', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const task = await engine.task(await engine.template([[]]));
    await worker.complete(await worker.claim());

    const again = engine.rows(
      `insert into transition (task_id, step_no, attempt, from_state, to_state, cause) values ($1, 0, 1, 'in_progress', 'complete', 'succeeded')`,
      [task],
    );
    await expect(again).rejects.toMatchObject({ code: '23505' });
  });

  it('a template without a sink, which a template without steps would be', async () => {
    const none = sql.engine.rows(
      `select * from store_template('ns', 'none', '1.0.0', 'h', '{}', false, null, '[]', false)`,
    );

    await expect(none).rejects.toMatchObject({ constraint: 'sinks_exist' });
  });
});

describe('every move that the functions make', () => {
  it('is a legal one by the table of the code', async () => {
    const { STEP_MOVES, TASK_MOVES } = await import('../../../src/core/states.js');
    const { engine } = sql;
    const worker = await engine.worker();
    const template = await engine.template([[], [0], [1]]);
    const tasks = await engine.tasks(template, 4);
    const of = <K extends { task_id: string }>(keys: K[], n: number): K[] =>
      keys.filter(({ task_id }) => task_id === tasks[n]);
    let keys = (await worker.claim()).filter(({ task_id }) => tasks.includes(task_id));
    await worker.fail(of(keys, 0), 0);
    await worker.release(of(keys, 1));
    await worker.fail(of(keys, 2));
    await worker.complete(of(keys, 3), { handoff: 5 });
    await engine.rows('select cancel_task($1, null, null)', [tasks[3]]);
    keys = (await worker.claim()).filter(({ task_id }) => tasks.includes(task_id));
    await worker.advance(of(keys, 0), { to: 'skipped', cause: 'failed', results: [{}], handoff: 5 });
    await worker.complete(of(keys, 1));

    const moves = await engine.rows(
      `select step_no, from_state, to_state, cause from transition where task_id = any ($1) and from_state is not null`,
      [tasks],
    );
    const illegal = moves
      // a hand-off stands for two moves in one instant
      .filter(({ cause }) => cause !== 'handed_off')
      .filter(({ step_no, from_state, to_state }) => {
        const table = (step_no === -1 ? TASK_MOVES : STEP_MOVES) as Record<string, readonly string[]>;
        return !table[from_state as string]!.includes(to_state as string);
      });
    expect(moves.length).toBeGreaterThan(15);
    expect(illegal).toEqual([]);
  });
});
