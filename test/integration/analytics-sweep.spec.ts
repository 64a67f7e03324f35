import { Client } from 'pg';
import { Analytics } from '../../src/index.js';
import { RollUpSweep } from '../../src/analytics/roll-up-sweep.js';
import { AnalyticsStore } from '../../src/persistence/stores/analytics.store.js';
import { RetentionSweep } from '../../src/worker/retention-sweep.js';
import { engines, eventually, single, type Engine } from '../support/engine.js';

const { start, beside } = engines();
const options = { templates: [single('works')], handlers: { works: () => ({}) } };

const completedBy = async (engine: Engine): Promise<number> =>
  (await engine.get(AnalyticsStore).figures({}, 3_600)).tasks.completed;
/** As the tables of the roll-ups have it, without what the audit has grown by. */
const rolledUp = async (engine: Engine): Promise<number> => {
  const [row] = await engine.sql(
    'select coalesce(sum(completed), 0)::int as n from rollup_totals where grain = 60 and step_no < 0',
  );
  return row!.n as number;
};
const runs = async (engine: Engine, count: number): Promise<void> => {
  for (let n = 0; n < count; n++) await engine.run('works');
};

describe('the sweep that keeps the roll-ups', () => {
  it('takes in everything once, from all processes, while answers count the rest themselves', async () => {
    const one = await start(options);
    const two = await beside(one, options);
    await runs(one, 5);
    expect(await completedBy(one)).toBe(5);
    await Promise.all([one, two].map((engine) => engine.get(RollUpSweep).sweepNow()));
    await runs(two, 5);
    expect(await completedBy(two)).toBe(10);
    await eventually('all is rolled up', async () => {
      await Promise.all([one, two].map((engine) => engine.get(RollUpSweep).sweepNow()));
      return (await rolledUp(one)) === 10;
    });
    expect(await completedBy(one)).toBe(10);
  });

  it('does not pass over what a transaction has written and not yet committed', async () => {
    const engine = await start(options);
    const slow = new Client({ connectionString: engine.url });
    await slow.connect();
    await engine.run('works');
    // a row of the audit with a number, of a task that is not to be seen yet
    await slow.query('begin; set search_path to tasker');
    const [{ id }] = (await engine.sql('select id from task')) as [{ id: string }];
    await slow.query(
      `insert into transition (task_id, step_no, attempt, from_state, to_state, cause) values ($1, -1, 99, 'error', 'in_progress', 'revived')`,
      [id],
    );
    await runs(engine, 3);
    await engine.get(RollUpSweep).sweepNow();
    const revived = async (): Promise<number> => (await engine.get(AnalyticsStore).figures({}, 3_600)).tasks.revived;
    expect([await completedBy(engine), await revived()]).toEqual([4, 0]);
    await slow.query('commit');
    await slow.end();
    expect(await revived()).toBe(1);
    await eventually('all is rolled up', async () => {
      await engine.get(RollUpSweep).sweepNow();
      return (await rolledUp(engine)) === 4;
    });
    expect([await completedBy(engine), await revived()]).toEqual([4, 1]);
  });

  it('catches up with what happened while nobody kept the roll-ups', async () => {
    const engine = await start(options);
    await runs(engine, 4);
    await engine.sql('delete from rollup_cursor; delete from rollup_totals');
    await engine.restart();
    expect(await completedBy(engine)).toBe(4);
    await eventually('all is rolled up', async () => {
      await engine.get(RollUpSweep).sweepNow();
      return (await rolledUp(engine)) === 4;
    });
  });

  it('keeps the figures of tasks that retention deletes', async () => {
    const engine = await start({ ...options, tasker: { retention: { finishedTasksSeconds: 0.001 } } });
    await runs(engine, 3);
    await eventually('the tasks are gone', async () => {
      await engine.get(RetentionSweep).sweepNow();
      return (await engine.sql('select from task')).length === 0;
    });
    const { tasks, templates } = await engine.get(Analytics).performance({ window: '1h' });
    expect(tasks).toMatchObject({ created: 3, completed: 3, completionRate: 1 });
    expect(templates).toMatchObject([{ fullName: 'default.works@0.1.0', steps: [{ name: 'only', succeeded: 3 }] }]);
    const { errors, criticalPaths } = await engine.get(Analytics).bottlenecks({ window: '1h' });
    expect([errors.total, criticalPaths.tasksAnalyzed]).toEqual([0, 0]);
  });
});
