import { SqlEngine, sqlEngine, type Row } from '../../support/sql-engine.js';

const sql = sqlEngine();

beforeAll(async () => {
  const { engine } = sql;
  // Everybody has time to be heard after a start of the server: the tests say when that was.
  await engine.rows(
    `create function server_start() returns timestamptz return current_setting('test.started')::timestamptz`,
  );
  const [{ text }] = (await engine.rows(`select pg_get_functiondef('rescue_workers'::regproc) as text`)) as [Row];
  await engine.rows(String(text).replaceAll('pg_postmaster_start_time()', 'tasker.server_start()'));
});

beforeEach(async () => {
  await sql.engine.rows('truncate step, task, transition, worker');
  await sql.engine.rows(`set test.started = '2000-01-01'`);
});

const rescue = (engine: SqlEngine, maxLosses = 3): Promise<Row[]> =>
  engine.rows(`select * from rescue_workers(10000, $1, 'It died.')`, [maxLosses]);

describe('rescue_workers', () => {
  it('gives the steps of a silent worker to others, and the attempt counts', async () => {
    const { engine } = sql;
    const dead = await engine.worker();
    const heir = await engine.worker();
    const task = await engine.task(await engine.template([[], [0]]));
    const [key] = await dead.claim();
    await engine.silence(dead, 11_000);

    const rows = await rescue(engine);

    expect(rows).toEqual([
      expect.objectContaining({ worker_id: dead.id, task_id: null }),
      expect.objectContaining({ worker_id: dead.id, task_id: task, step_no: 0, attempt: 1, state: 'ready' }),
    ]);
    expect(await heir.claim()).toEqual([{ ...key!, attempt: 2 }]);
    expect((await engine.step(task)).error).toMatchObject({ error_code: 'WORKER_LOST', attempt: 1, retryable: true });
    expect((await dead.complete([key!])).accepted).toBe(0);
    expect(await engine.causes(task, 0)).toEqual(['ready', 'claimed', 'worker_lost', 'claimed']);
  });

  it('leaves a worker that was heard of in time, also where it drains', async () => {
    const { engine } = sql;
    const quiet = await engine.worker();
    const draining = await engine.worker();
    await engine.rows('select retire_worker($1, $2)', [draining.id, 'draining']);
    await engine.tasks(await engine.template([[]]), 2);
    await quiet.claim();
    await engine.silence(quiet, 9_000);
    await engine.silence(draining, 9_000);

    expect(await rescue(engine)).toEqual([]);
  });

  it('takes the steps of a worker that died while it drained', async () => {
    const { engine } = sql;
    const dead = await engine.worker();
    await engine.task(await engine.template([[]]));
    await dead.claim();
    await engine.rows('select retire_worker($1, $2)', [dead.id, 'draining']);
    await engine.silence(dead, 11_000);

    expect(await rescue(engine)).toHaveLength(2);
  });

  it('takes nobody for dead right after a restart of the server', async () => {
    const { engine } = sql;
    const frozen = await engine.worker();
    await engine.task(await engine.template([[]]));
    await frozen.claim();
    await engine.silence(frozen, 60_000);
    await engine.rows(`select set_config('test.started', (now() - interval '5 seconds')::text, false)`);
    expect(await rescue(engine)).toEqual([]);
    await engine.rows(`select set_config('test.started', (now() - interval '11 seconds')::text, false)`);

    expect(await rescue(engine)).toHaveLength(2);
  });

  it('fails a step whose attempts are used up, which may end its task', async () => {
    const { engine } = sql;
    const dead = await engine.worker();
    const task = await engine.task(await engine.template([[], [0]], { retryLimit: 1 }));
    await dead.claim();
    await engine.silence(dead, 11_000);

    const rows = await rescue(engine);

    expect(rows.slice(1)).toEqual([
      expect.objectContaining({ task_id: task, step_no: 0, state: 'error' }),
      expect.objectContaining({ task_id: task, step_no: null, state: 'error' }),
    ]);
    expect(await engine.states(task)).toEqual(['error', 'pending']);
    expect(await engine.taskState(task)).toBe('error');
  });

  it('fails a step that was lost max_losses times, whatever its retry limit', async () => {
    const { engine } = sql;
    const task = await engine.task(await engine.template([[]], { retryLimit: 100 }));
    const states = [];
    for (let loss = 1; loss <= 3; loss++) {
      const dead = await engine.worker();
      await dead.claim();
      await engine.silence(dead, 11_000);
      await rescue(engine);
      states.push((await engine.step(task)).state);
    }

    expect(states).toEqual(['ready', 'ready', 'error']);
  });

  it('does not count failures of other kinds as losses', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const task = await engine.task(await engine.template([[]], { retryLimit: 100 }));
    for (let n = 0; n < 5; n++) await worker.fail(await worker.claim(), 0);
    await worker.claim();
    await engine.silence(worker, 11_000);
    await rescue(engine);

    expect(await engine.step(task)).toMatchObject({ state: 'ready', losses: 1 });
  });

  it('skips a skippable step whose attempts are used up, and its dependents go on', async () => {
    const { engine } = sql;
    const dead = await engine.worker();
    const template = await engine.template([[], [0]], { retryLimit: 1, skippable: true });
    const task = await engine.task(template);
    await dead.claim();
    await engine.silence(dead, 11_000);

    const rows = await rescue(engine);

    expect(rows.slice(1)).toEqual([
      expect.objectContaining({
        worker_id: dead.id,
        task_id: task,
        step_no: 0,
        state: 'skipped',
        template_id: template,
      }),
    ]);
    expect(await engine.states(task)).toEqual(['skipped', 'ready']);
    expect((await engine.step(task)).error).toMatchObject({ error_code: 'WORKER_LOST' });
    expect(await engine.causes(task, 0)).toEqual(['ready', 'claimed', 'worker_lost']);
  });

  it('completes a task whose last step is skipped that way, and says so', async () => {
    const { engine } = sql;
    const dead = await engine.worker();
    const template = await engine.template([[]], { retryLimit: 1, skippable: true });
    const task = await engine.task(template);
    await dead.claim();
    await engine.silence(dead, 11_000);

    const rows = await rescue(engine);

    expect(rows.find(({ step_no, task_id }) => step_no === null && task_id === task)).toMatchObject({
      state: 'complete',
      template_id: template,
    });
    expect(await engine.taskState(task)).toBe('complete');
  });

  it('takes back also what a lost worker claims in a statement that was under way', async () => {
    const { engine } = sql;
    const slow = (await engine.worker()).on(await engine.connect());
    const task = await engine.task(await engine.template([[]]));
    await slow.db.query('begin');
    await slow.claim();
    await engine.silence(slow, 11_000);
    expect(await rescue(engine)).toHaveLength(1);
    await slow.db.query('commit');
    expect(await engine.states(task)).toEqual(['in_progress']);

    await rescue(engine);

    expect(await engine.states(task)).toEqual(['ready']);
  });

  it('is done by one at a time: the others return at once', async () => {
    const { engine } = sql;
    const dead = await engine.worker();
    await engine.task(await engine.template([[]]));
    await dead.claim();
    await engine.silence(dead, 11_000);
    const one = await engine.connect();
    await one.query('begin');
    await one.query(`set test.started = '2000-01-01'`);
    expect((await one.query(`select * from rescue_workers(10000, 3, 'x')`)).rows).toHaveLength(2);

    expect(await rescue(engine)).toEqual([]);
    await one.query('commit');
    expect(await rescue(engine)).toEqual([]);
  });

  it('leaves steps of tasks that have ended', async () => {
    const { engine } = sql;
    const dead = await engine.worker();
    const task = await engine.task(await engine.template([[]]));
    await dead.claim();
    await engine.rows('select cancel_task($1, null, null)', [task]);
    await engine.silence(dead, 11_000);

    expect(await rescue(engine)).toHaveLength(1);
    expect(await engine.states(task)).toEqual(['cancelled']);
  });

  it('does not start a held task again', async () => {
    const { engine } = sql;
    const dead = await engine.worker();
    const heir = await engine.worker();
    const task = await engine.task(await engine.template([[], []], { stopOnFirstFailure: true }));
    const keys = await dead.claim();
    await dead.fail(keys.slice(0, 1));
    await engine.silence(dead, 11_000);

    await rescue(engine);
    await engine.rows('select * from settle_stalled_tasks()');

    // the task has stopped at its first failure: nothing of it is started any more
    expect(await heir.claim()).toEqual([]);
    expect(await engine.taskState(task)).toBe('error');
  });
});
