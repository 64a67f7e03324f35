import { sqlEngine } from '../../support/sql-engine.js';
import { costOf, type Cost } from '../../support/statement-cost.js';

const sql = sqlEngine();

const cost = (run: () => Promise<unknown>): Promise<Cost> => costOf(sql.engine, run);

const FINISHED = 60_000;

describe('with sixty thousand finished steps', () => {
  let template: number;

  beforeAll(async () => {
    const { engine } = sql;
    template = await engine.template([[], [0]]);
    await engine.rows(`set session_replication_role = replica`);
    await engine.rows(
      `insert into task (id, template_id, state, remaining_sinks, context, initiator, reason, source_system, correlation_id)
       select first_id_at(now() - interval '1 hour' + n * interval '10 ms'), $1, 'complete', 0, '{}', 'i', 'r', 's', 'c'
       from generate_series(1, $2 / 2) n`,
      [template, FINISHED],
    );
    await engine.rows(
      `insert into step (task_id, step_no, attempt, retry_limit, remaining_parents, priority, template_id, handler_id, worker_id,
                         state, is_sink, started_at, finished_at, result)
       select t.id, ts.step_no, 1, 3, 0, 0, t.template_id, ts.handler_id, 1, 'complete', ts.is_sink, now(), now(), '{"n": 1}'
       from task t join template_step ts on ts.template_id = t.template_id`,
    );
    await engine.rows('reset session_replication_role');
    await engine.rows('vacuum analyze step, task');
  }, 60_000);

  it('a claim reads only claimable rows', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    await engine.tasks(template, 20);
    await worker.claim(1);

    const { blocks, seqScans, rows } = await cost(() => worker.claim(10));

    expect(seqScans).toBe(0);
    // the measure measures
    expect(rows).toBeGreaterThanOrEqual(10);
    expect(rows).toBeLessThan(200);
    expect(blocks).toBeLessThan(600);
  });

  it('a claim that finds nothing reads almost nothing', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    await worker.claim();

    const { blocks, seqScans, rows } = await cost(() => worker.claim(100));

    expect({ seqScans, rows }).toEqual({ seqScans: 0, rows: 0 });
    expect(blocks).toBeLessThan(30);
  });

  it('a claim costs no more where thousands of steps are due later, or wait for handlers that nobody has', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    await engine.tasks(template, 3_000, { runAt: new Date(Date.now() + 3_600_000), priority: 100 });
    await engine.tasks(await engine.template([[]], { handler: 'nobodys' }), 3_000, { priority: 100 });
    const [{ id }] = (await engine.rows(`select id from handler where name = 'work'`)) as [{ id: number }];
    await engine.tasks(template, 10);
    await engine.rows('vacuum analyze step');

    let claimed = 0;
    const { seqScans, rows } = await cost(async () => {
      claimed = (await worker.claim(10, [id])).length;
    });

    expect(claimed).toBe(10);
    expect(seqScans).toBe(0);
    expect(rows).toBeLessThan(200);
  });

  it('the index of claims has no row for a finished step', async () => {
    const { engine } = sql;
    const [row] = await engine.rows(`
      select (select count(*)::int from step where ready_at is not null and not held) as claimable,
             (select count(*)::int from step where state = 'complete') as finished`);

    expect(row!.finished).toBeGreaterThanOrEqual(FINISHED);
    expect(row!.claimable).toBeLessThan(5_000);
    const [plan] = await engine.rows(`explain (format json)
      select ctid from step where handler_id = 1 and ready_at is not null and not held
      order by priority desc, task_id, step_no limit 10`);
    expect(JSON.stringify(plan)).toContain('step_claimable');
    expect(JSON.stringify(plan)).not.toMatch(/Seq Scan|"Sort"/);
  });

  it('a settlement reads only the rows of its own tasks', async () => {
    const { engine } = sql;
    const worker = await engine.worker();
    await engine.tasks(template, 20);
    const keys = await worker.claim(20);

    const { seqScans, rows } = await cost(() => worker.complete(keys, { handoff: 20 }));

    expect(seqScans).toBe(0);
    expect(rows).toBeLessThan(400);
  });

  it('the sweeps read no finished step', async () => {
    const { engine } = sql;
    for (const sweep of [
      `select * from rescue_workers(10000, 3, 'lost')`,
      `select * from settle_stalled_tasks()`,
      `select * from expire_tasks('{}')`,
      `select * from overdue_attempts(1000)`,
      `select promote_due_steps()`,
      `select sweep_gates(true)`,
      `select * from list_circuits()`,
    ]) {
      const { seqScans, blocks } = await cost(() => engine.rows(sweep));
      expect([sweep, seqScans]).toEqual([sweep, 0]);
      expect(blocks).toBeLessThan(3_000);
    }
  });
});
