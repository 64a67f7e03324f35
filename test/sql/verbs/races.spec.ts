import type { Client } from 'pg';
import { sqlEngine, type Key, type SqlWorker } from '../../support/sql-engine.js';
import { SqlOperator } from '../../support/sql-operator.js';

const sql = sqlEngine();
let operator: SqlOperator;
let worker: SqlWorker;
let other: Client;

beforeEach(async () => {
  await sql.engine.rows('truncate step, task, transition');
  operator = SqlOperator.of(sql.engine);
  other = await sql.engine.connect();
  worker = (await sql.engine.worker()).on(other);
});

/** Does both so that the second has to wait for what the first has in hand. */
async function inTurn<First, Second>(
  first: () => Promise<First>,
  second: () => Promise<Second>,
): Promise<[First, Second]> {
  await other.query('begin');
  const done = await first();
  const waiting = second();
  await sql.engine.blocked();
  await other.query('commit');
  return [done, await waiting];
}

const running = async (parents: number[][] = [[], [0]]): Promise<{ task: string; keys: Key[] }> => {
  const task = await sql.engine.task(await sql.engine.template(parents));
  return { task, keys: await worker.claim() };
};

describe('a verb that comes while a worker completes the step', () => {
  it.each(['complete', 'skip', 'cancel'] as const)('is refused: %s', async (verb) => {
    const { task, keys } = await running();
    const [settled, answer] = await inTurn(
      () => worker.complete(keys, { results: [1] }),
      () => operator.step(verb, task),
    );
    expect(settled.accepted).toBe(1);
    expect(answer).toMatchObject({ outcome: 'refused', steps: [[0, 'complete', 'complete']] });
    expect(await sql.engine.states(task)).toEqual(['complete', 'ready']);
  });

  it.each([
    ['complete', 'complete', 'ready'],
    ['skip', 'skipped', 'ready'],
    ['cancel', 'cancelled', 'cancelled'],
  ] as const)('and was first wins: %s', async (verb, state, dependent) => {
    const { task, keys } = await running();
    const mine = new SqlOperator(other);
    const [answer, settled] = await inTurn(
      () => mine.step(verb, task, 0, { result: 'by hand' }),
      () => worker.on(sql.engine.db).complete(keys, { results: ['by worker'] }),
    );
    expect(answer.outcome).toBe('done');
    expect(settled.accepted).toBe(0);
    expect(await sql.engine.states(task)).toEqual([state, dependent]);
    expect((await sql.engine.step(task)).result).toBe(verb === 'complete' ? 'by hand' : null);
    expect(await worker.refuse(keys, [{ results: 'by worker' }])).toHaveLength(1);
    expect(await sql.engine.causes(task, 0)).toContain('refused');
  });
});

describe('two verbs at the same moment', () => {
  it.each([
    ['retry', 'retry', ['ready', 'pending']],
    ['retry', 'resolve', ['ready', 'pending']],
    ['resolve', 'complete', ['resolved_manually', 'ready']],
    ['skip', 'cancel', ['skipped', 'ready']],
    ['cancel', 'retry', ['cancelled', 'cancelled']],
  ] as const)('%s before %s: the first is done, and the second is refused', async (first, second, states) => {
    const { task, keys } = await running();
    await worker.fail(keys);
    const mine = new SqlOperator(other);
    const [one, two] = await inTurn(
      () => mine.step(first, task),
      () => operator.step(second, task),
    );
    expect([one.outcome, two.outcome]).toEqual(['done', 'refused']);
    expect(await sql.engine.states(task)).toEqual(states);
  });

  it('on two steps of one task are both done, and the task is complete once', async () => {
    const { task, keys } = await running([[], []]);
    await worker.fail(keys);
    const mine = new SqlOperator(other);
    const [one, two] = await inTurn(
      () => mine.step('resolve', task, 0),
      () => operator.step('complete', task, 1),
    );
    expect([one.state, two.state]).toEqual(['error', 'complete']);
    expect(await sql.engine.causes(task, -1)).toEqual(['created', 'started', 'failed', 'revived', 'succeeded']);
  });

  it('on a task: one retries it, and the other finds it in progress', async () => {
    const { task, keys } = await running();
    await worker.fail(keys);
    const mine = new SqlOperator(other);
    const [one, two] = await inTurn(
      () => mine.task('retry', task),
      () => operator.task('resolve', task),
    );
    expect([one.outcome, two.outcome, two.was]).toEqual(['done', 'refused', 'in_progress']);
  });
});

describe('a verb that comes while a worker', () => {
  it('that died is rescued finds the step given back', async () => {
    const { task } = await running();
    await sql.engine.silence(worker, 60_000);
    const [, answer] = await inTurn(
      () => other.query(`select * from rescue_workers(1, 3, 'gone')`),
      () => operator.step('complete', task),
    );
    expect(answer).toMatchObject({ outcome: 'refused', steps: [[0, 'ready', 'ready']] });
  });

  it('that died is rescued later keeps what it has settled', async () => {
    const { task } = await running();
    await sql.engine.silence(worker, 60_000);
    const mine = new SqlOperator(other);
    await inTurn(
      () => mine.step('complete', task),
      () => sql.engine.rows(`select * from rescue_workers(1, 3, 'gone')`),
    );
    expect(await sql.engine.states(task)).toEqual(['complete', 'ready']);
    expect(await sql.engine.causes(task, 0)).toEqual(['ready', 'claimed', 'completed']);
  });

  it('claims the step waits for the claim, and holds what was claimed', async () => {
    const task = await sql.engine.task(await sql.engine.template([[], []]));
    const [, answer] = await inTurn(
      () => worker.claim(1),
      () => operator.task('pause', task),
    );
    expect(answer.outcome).toBe('done');
    expect(await sql.engine.rows('select state, held from step where task_id = $1 order by step_no', [task])).toEqual([
      { state: 'in_progress', held: true },
      { state: 'ready', held: true },
    ]);
    expect(await worker.claim()).toEqual([]);
  });
});

describe('a task that a verb comes for while its time runs out', () => {
  it('is in error before it is cancelled', async () => {
    const { task } = await running();
    await sql.engine.rows(`update task set deadline_at = now() - interval '1 s' where id = $1`, [task]);
    const [, answer] = await inTurn(
      () => other.query(`select * from expire_tasks('{"message":"late"}')`),
      () => operator.task('cancel', task),
    );
    expect(answer).toMatchObject({ outcome: 'done', was: 'error' });
    expect(await sql.engine.states(task)).toEqual(['cancelled', 'cancelled']);
  });
});
