import { sqlEngine } from '../../support/sql-engine.js';
import { SqlOperator } from '../../support/sql-operator.js';

const sql = sqlEngine();
let operator: SqlOperator;
beforeEach(async () => {
  await sql.engine.rows('truncate step, task, transition');
  operator = SqlOperator.of(sql.engine);
});

describe('resolve_task', () => {
  it('resolves what failed, cancels what has not started, and starts nothing any more', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const id = await engine.task(await engine.template([[], [0], [], []], { stopOnFirstFailure: true }));
    const [first, second] = await worker.claim(2);
    await worker.complete([second!]);
    await worker.fail([first!]);
    expect(await operator.task('resolve', id)).toEqual({
      outcome: 'done',
      was: 'error',
      state: 'resolved_manually',
      steps: [
        [0, 'error', 'resolved_manually'],
        [1, 'pending', 'cancelled'],
        [3, 'ready', 'cancelled'],
      ],
    });
    expect(await worker.claim()).toEqual([]);
    expect(await engine.causes(id, -1)).toEqual(['created', 'started', 'failed', 'resolved']);
  });
});
