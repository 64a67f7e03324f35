import { sqlEngine } from '../../support/sql-engine.js';
import { SqlOperator } from '../../support/sql-operator.js';

const sql = sqlEngine();
let operator: SqlOperator;
beforeEach(async () => {
  await sql.engine.rows('truncate step, task, transition');
  operator = SqlOperator.of(sql.engine);
});

describe('update_task', () => {
  it('moves the unfinished steps of a task to its new priority', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const template = await engine.template([[], [0]]);
    const [older, newer] = [await engine.task(template), await engine.task(template)];
    await operator.task('update', newer, 50);
    const keys = await worker.claim(1);
    expect(keys).toMatchObject([{ task_id: newer }]);
    await worker.complete(keys);
    expect(await worker.claim(1)).toMatchObject([{ task_id: newer, step_no: 1 }]);
    expect(await worker.claim(1)).toMatchObject([{ task_id: older }]);
  });

  it('records what has changed, and nothing where nothing has', async () => {
    const { engine } = sql;
    const id = await engine.task(await engine.template([[]]));
    const update = (tags: string[] | null, reason: string | null) =>
      engine.rows(`select outcome from update_task($1, $2, $3, null, 'ann')`, [id, tags, reason]);
    expect(await update(['a', 'b'], 'to see')).toEqual([{ outcome: 'done' }]);
    expect(await update(['a', 'b'], null)).toEqual([{ outcome: 'unchanged' }]);
    const rows = await engine.rows(`select actor, detail from transition where task_id = $1 and cause = 'updated'`, [
      id,
    ]);
    expect(rows).toEqual([{ actor: 'ann', detail: { tags: ['a', 'b'] } }]);
  });
});
