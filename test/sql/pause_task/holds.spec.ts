import { sqlEngine } from '../../support/sql-engine.js';
import { SqlOperator } from '../../support/sql-operator.js';

const sql = sqlEngine();
let operator: SqlOperator;
beforeEach(async () => {
  await sql.engine.rows('truncate step, task, transition');
  operator = SqlOperator.of(sql.engine);
});

describe('pause_task', () => {
  it('lets running attempts end as they would, and starts nothing that follows', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const id = await engine.task(await engine.template([[], [0], []]));
    const [first] = await worker.claim(1);
    await operator.task('pause', id);

    const { accepted, handedOff } = await worker.complete([first!], { handoff: 9, want: 9 });
    expect([accepted, handedOff]).toEqual([1, []]);
    expect(await engine.states(id)).toEqual(['complete', 'ready', 'ready']);
    expect(await worker.claim()).toEqual([]);

    expect(await operator.task('resume', id)).toMatchObject({ outcome: 'done' });
    expect(await worker.claim()).toMatchObject([{ step_no: 1 }, { step_no: 2 }]);
  });

  it('lets a task complete whose last step runs', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const id = await engine.task(await engine.template([[]]));
    const keys = await worker.claim();
    await operator.task('pause', id);
    expect((await worker.complete(keys)).settled).toMatchObject([{ state: 'complete' }]);
  });

  it('lets a task fail in which nothing is left that could be resumed', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const [one, two] = [
      await engine.task(await engine.template([[]])),
      await engine.task(await engine.template([[], []])),
    ];
    const keys = await worker.claim(2);
    for (const id of [one, two]) await operator.task('pause', id);
    await worker.fail(keys);
    expect([await engine.taskState(one), await engine.taskState(two)]).toEqual(['error', 'in_progress']);
    expect(await operator.task('resume', one)).toMatchObject({ outcome: 'done', state: 'error' });
  });

  it('leaves to a stopped task what that holds, when it is resumed', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const id = await engine.task(await engine.template([[], []], { stopOnFirstFailure: true }));
    const keys = await worker.claim(1);
    await operator.task('pause', id);
    await worker.fail(keys);
    expect(await operator.task('resume', id)).toMatchObject({ outcome: 'done', state: 'error' });
    expect(await worker.claim()).toEqual([]);
    await operator.step('retry', id, 0);
    expect(await worker.claim()).toHaveLength(2);
  });

  it.each([
    ['to be retried', 0],
    ['to be retried later', 1],
  ])('starts nothing that comes back %s', async (_how, delayMs) => {
    const { engine } = sql;
    const worker = await engine.worker();
    const id = await engine.task(await engine.template([[]]));
    const keys = await worker.claim();
    await operator.task('pause', id);
    await worker.fail(keys, delayMs);
    await engine.rows('select pg_sleep(0.005)');
    expect(await worker.claim()).toEqual([]);
    await operator.task('resume', id);
    expect(await worker.claim()).toMatchObject([{ attempt: 2 }]);
  });

  it('stops the clock of a task: it does not run out, and goes on from where it was', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const id = await engine.task(await engine.template([[], []], { maxDurationMs: 60_000 }));
    await worker.claim(1);
    await operator.task('pause', id);
    await engine.rows(
      `update task set paused_at = now() - interval '1 h', deadline_at = now() - interval '59 min 30 s' where id = $1`,
      [id],
    );
    expect(await engine.rows(`select * from expire_tasks('{"message":"late"}')`)).toEqual([]);
    await operator.task('resume', id);
    const [left] = await engine.rows(
      'select extract(epoch from deadline_at - now())::float8 as seconds from task where id = $1',
      [id],
    );
    expect(left!.seconds).toBeGreaterThan(25);
    expect(left!.seconds).toBeLessThanOrEqual(30);
  });

  it('is done once by two, and says so', async () => {
    const { engine } = sql;
    const id = await engine.task(await engine.template([[]]));
    expect(await operator.task('pause', id)).toMatchObject({ outcome: 'done' });
    expect(await operator.task('pause', id)).toMatchObject({ outcome: 'unchanged' });
    expect(await engine.causes(id, -1)).toEqual(['created', 'paused']);
  });
});
