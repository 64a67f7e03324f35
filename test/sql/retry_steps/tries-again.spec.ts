import { sqlEngine } from '../../support/sql-engine.js';
import { SqlOperator } from '../../support/sql-operator.js';

const sql = sqlEngine();
let operator: SqlOperator;
beforeEach(async () => {
  await sql.engine.rows('truncate step, task, transition');
  operator = SqlOperator.of(sql.engine);
});

const LATER_MS = 3_600_000;
const task = (id: string) => sql.engine.rows('select * from task where id = $1', [id]).then(([row]) => row!);

describe('retry_steps', () => {
  it('lets a failed step be claimed again, with attempts and losses made before forgiven', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const id = await engine.task(await engine.template([[], [0]]));
    await engine.rows('update step set losses = 2 where task_id = $1', [id]);
    await worker.fail(await worker.claim(), 0);
    await worker.fail(await worker.claim());

    expect(await operator.step('retry', id)).toEqual({
      outcome: 'done',
      was: 'error',
      state: 'in_progress',
      steps: [[0, 'error', 'ready']],
    });
    expect(await engine.step(id)).toMatchObject({ attempt: 2, forgiven: 2, losses: 0, finished_at: null });
    expect(await task(id)).toMatchObject({ state: 'in_progress', failed_steps: 0, finished_at: null });
    expect(await worker.claim()).toMatchObject([{ step_no: 0, attempt: 3 }]);
  });

  it('lets a step that waits for its retry be claimed at once, however often it is asked to', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const id = await engine.task(await engine.template([[]]));
    await worker.fail(await worker.claim(), LATER_MS);
    expect(await worker.claim()).toEqual([]);

    for (let n = 0; n < 2; n++) {
      expect(await operator.step('retry', id)).toMatchObject({
        outcome: 'done',
        steps: [[0, 'waiting_for_retry', 'waiting_for_retry']],
      });
    }
    expect(await worker.claim()).toMatchObject([{ attempt: 2 }]);
    expect(await engine.causes(id, 0)).toEqual(['ready', 'claimed', 'failed', 'retried', 'claimed']);
  });

  it('retries all failed steps of a task, and leaves those that wait to their time', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const id = await engine.task(await engine.template([[], [], []]));
    const [one, two, three] = await worker.claim();
    await worker.fail([one!, two!]);
    await worker.fail([three!], LATER_MS);
    expect((await operator.task('retry', id)).steps).toEqual([
      [0, 'error', 'ready'],
      [1, 'error', 'ready'],
    ]);
    expect(await engine.states(id)).toEqual(['ready', 'ready', 'waiting_for_retry']);
  });

  it('gives another limit and other inputs, which the claim and a hand-off bring', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const id = await engine.task(await engine.template([[], [0]]));
    await worker.fail(await worker.claim());
    await operator.step('retry', id, 0, { retryLimit: 7, inputs: { amount: 1, note: null } });
    await operator.step('update', id, 1, { inputs: { to: 'me' } });

    expect(await engine.step(id)).toMatchObject({ retry_limit: 7, inputs: { amount: 1, note: null } });
    const handlers = (await engine.rows('select id from handler')).map(({ id: handler }) => handler as number);
    const claim = await engine.rows('select * from advance($1, $2, $3, $4, $5, $6, $7, $8, 0, 9) where kind = 3', [
      worker.id,
      handlers,
      [],
      [],
      [],
      '[]',
      'complete',
      'succeeded',
    ]);
    expect(claim[0]!.detail[10]).toEqual({ amount: 1, note: null });
    const [handed] = await engine.rows('select * from advance($1, $2, $3, $4, $5, $6, $7, $8, 9, 0) where kind = 2', [
      worker.id,
      handlers,
      [id],
      [0],
      [2],
      '[1]',
      'complete',
      'succeeded',
    ]);
    expect(handed).toMatchObject({ step_no: 1, detail: { to: 'me' } });
    const changes = await engine.rows(
      `select detail from transition where task_id = $1 and cause = 'updated' order by attempt`,
      [id],
    );
    expect(changes.map(({ detail }) => detail)).toEqual([
      { step_no: 0, retry_limit: 7, inputs: { amount: 1, note: null } },
      { step_no: 1, retry_limit: 9, inputs: { to: 'me' } },
    ]);
  });

  it('gives steps that are not retryable no more attempts than their one', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const template = await engine.template([[], []], { retryLimit: 1 });
    const steps = [{ retryable: false }, { retryable: true }];
    await engine.rows('update template set definition = $2 where id = $1', [template, JSON.stringify({ steps })]);
    const id = await engine.task(template);
    await worker.fail(await worker.claim());
    await engine.rows('select * from retry_steps($1, null, 5::int2, null, null, null)', [id]);
    const limits = await engine.rows('select retry_limit from step where task_id = $1 order by step_no', [id]);
    expect(limits.map(({ retry_limit: limit }) => limit as number)).toEqual([1, 5]);
  });

  it('frees the steps that a stopped task holds, whatever else has failed; another failure stops it again', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const id = await engine.task(await engine.template([[], [], [], [0]], { stopOnFirstFailure: true }));
    const [one, two] = await worker.claim(2);
    await worker.fail([one!]);
    await worker.fail([two!]);
    expect(await task(id)).toMatchObject({ state: 'error', stopped_at: expect.any(Date) });
    expect(await worker.claim()).toEqual([]);

    await operator.step('retry', id, 0);
    expect(await task(id)).toMatchObject({ state: 'in_progress', stopped_at: null, failed_steps: 1 });
    const again = await worker.claim();
    expect(again).toMatchObject([{ step_no: 0 }, { step_no: 2 }]);

    await worker.fail([again[1]!]);
    await worker.complete([again[0]!], { handoff: 5 });
    expect(await engine.states(id)).toEqual(['complete', 'error', 'error', 'ready']);
    expect(await task(id)).toMatchObject({ state: 'error', stopped_at: expect.any(Date) });
    expect(await worker.claim()).toEqual([]);
  });

  it('frees them for good: a failure that is to be tried again stops nothing, though another one is left', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const id = await engine.task(await engine.template([[], [], []], { stopOnFirstFailure: true }));
    await worker.fail(await worker.claim(2));
    await operator.step('retry', id, 0);
    const [first] = await worker.claim(1);
    await worker.fail([first!], 0);
    expect(await task(id)).toMatchObject({ state: 'in_progress', stopped_at: null });
    expect(await worker.claim()).toMatchObject([{ step_no: 0, attempt: 3 }, { step_no: 2 }]);
  });

  it('leaves what it frees held while the task is paused', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const id = await engine.task(await engine.template([[], []], { stopOnFirstFailure: true }));
    const keys = await worker.claim(1);
    await operator.task('pause', id);
    await worker.fail(keys);
    expect(await engine.taskState(id)).toBe('error');
    await operator.step('retry', id);
    expect(await engine.taskState(id)).toBe('in_progress');
    expect(await worker.claim()).toEqual([]);
    await operator.task('resume', id);
    expect(await worker.claim()).toHaveLength(2);
  });

  it('gives a task whose time ran out a new term, also where nothing has failed', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const id = await engine.task(await engine.template([[]], { maxDurationMs: 60_000 }));
    await worker.fail(await worker.claim(), LATER_MS);
    await engine.rows(`update task set deadline_at = now() - interval '1 s' where id = $1`, [id]);
    await engine.rows(`select * from expire_tasks('{"message":"late"}')`);
    expect(await task(id)).toMatchObject({ state: 'error', failed_steps: 0 });

    expect(await operator.task('retry', id)).toMatchObject({ outcome: 'done', state: 'in_progress', steps: [] });
    const { deadline_at: deadline } = await task(id);
    expect((deadline as Date).getTime()).toBeGreaterThan(Date.now() + 30_000);
    await operator.step('retry', id);
    expect(await worker.claim()).toHaveLength(1);
  });
});
