import { sqlEngine, type Key } from '../../support/sql-engine.js';
import { costOf } from '../../support/statement-cost.js';

const sql = sqlEngine();

const BACKLOG = 4_000;
/** Fan-outs: their steps wait for each other. */
const FANS = 20;
const WIDTH = 100;

describe('with thousands of steps at their gates, and behind an open circuit', () => {
  let free: number;
  let narrow: number;
  let fan: number;
  let pay: number;
  let fans: string[];

  beforeAll(async () => {
    const { engine } = sql;
    free = await engine.template([[]]);
    narrow = await engine.template([[]], { limits: { max_steps: 5, max_tasks: 100 } });
    fan = await engine.template(
      Array.from({ length: WIDTH }, () => []),
      { limits: { max_task_steps: 2 } },
    );
    const paying = await engine.template([[]], { handler: 'pay', system: 'bank' });
    pay = (await engine.rows<{ id: number }>(`update handler set circuit = 'bank' where name = 'pay' returning id`))[0]!
      .id;
    await engine.tasks(narrow, BACKLOG);
    await engine.tasks(paying, BACKLOG, { priority: 100 });
    fans = await engine.tasks(fan, FANS);
    await engine.rows('select sweep_gates(true)');
    await engine.rows(`select * from report_circuit('bank', false, 5, 5, 30000, 'down')`);
    await engine.rows('vacuum analyze step, task, template, template_step');
  }, 60_000);

  /** All but what the open circuit blocks. */
  const open = async (): Promise<number[]> =>
    (await sql.engine.rows<{ id: number }>('select id from handler where id <> $1', [pay])).map(({ id }) => id);

  it('a claim of other steps reads these alone', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const handlers = await open();
    await engine.tasks(free, 10, { priority: 50 });

    let claimed: Key[] = [];
    const { seqScans, rows } = await costOf(engine, async () => (claimed = await worker.claim(10, handlers)));

    expect(claimed).toHaveLength(10);
    expect(seqScans).toBe(0);
    expect(rows).toBeLessThan(150);
    await worker.complete(claimed);
  });

  it('an admission reads what it admits and what holds permits, not what waits', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    const handlers = await open();
    const claimed = await worker.claim(5, handlers);
    await worker.complete(claimed);

    let admitted = 0;
    const { seqScans, rows } = await costOf(engine, async () => {
      admitted = await engine.admit(claimed.map(({ task_id }) => task_id));
    });

    expect(admitted).toBe(5);
    expect(seqScans).toBe(0);
    expect(rows).toBeLessThan(400);
  });

  it('an admission within one task reads its steps alone', async () => {
    const { engine } = sql;
    await engine.admit([fans[0]!]);
    const { seqScans, rows } = await costOf(engine, () => engine.admit([fans[0]!]));

    expect(seqScans).toBe(0);
    expect(rows).toBeLessThan(2 * WIDTH + 20);
  });

  it('a sweep that finds nothing to do reads little of what waits for places', async () => {
    const { engine } = sql;
    const { rows } = await costOf(engine, () => engine.rows('select sweep_gates(false)'));

    expect(rows).toBeLessThan(400);
  });
});
