import { sqlEngine, type Row } from '../../support/sql-engine.js';

const sql = sqlEngine();

const expire = (): Promise<Row[]> => sql.engine.rows(`select * from expire_tasks('{"message": "too long"}')`);

describe('expire_tasks', () => {
  it('ends a task that is past its deadline, with the attempts that run, and starts nothing more', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const task = await engine.task(await engine.template([[], [], [0]], { maxDurationMs: 60_000 }));
    const keys = await worker.claim(1);
    expect(await expire()).toEqual([]);
    await engine.rows(`update task set deadline_at = now() - interval '1 ms'`);

    const rows = await expire();

    expect(rows).toEqual([
      expect.objectContaining({ task_id: task, step_no: 0, attempt: 1, state: 'error' }),
      expect.objectContaining({ task_id: task, step_no: null, state: 'error' }),
    ]);
    expect(await engine.states(task)).toEqual(['error', 'ready', 'pending']);
    expect(await worker.claim()).toEqual([]);
    expect((await worker.complete(keys, { handoff: 5 })).accepted).toBe(0);
    expect(await engine.causes(task, -1)).toEqual(['created', 'started', 'expired']);
    expect(await expire()).toEqual([]);
  });

  it('leaves a task without a limit, and one that has ended', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    await engine.task(await engine.template([[]]));
    await engine.task(await engine.template([[]], { maxDurationMs: 60_000 }));
    await worker.complete(await worker.claim());
    await engine.rows(`update task set deadline_at = now() - interval '1 ms' where deadline_at is not null`);

    expect(await expire()).toEqual([]);
  });
});
