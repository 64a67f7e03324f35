import { sqlEngine, type Key, type Row, type SqlEngine, type SqlWorker } from '../../support/sql-engine.js';

const sql = sqlEngine();

beforeEach(async () => {
  await sql.engine.rows('truncate step, task, transition, worker, circuit');
});

interface Report {
  recovered?: boolean;
  failures?: number;
  threshold?: number;
  resetMs?: number;
}

const report = async (
  engine: SqlEngine,
  { recovered = false, failures = 1, threshold = 3, resetMs = 30_000 }: Report = {},
  db = engine.db,
): Promise<Row[]> =>
  (
    await db.query(`select * from report_circuit('bank', $1, $2, $3, $4, 'HTTP_503')`, [
      recovered,
      failures,
      threshold,
      resetMs,
    ])
  ).rows as Row[];

const circuit = async (engine: SqlEngine): Promise<Row> =>
  (await engine.rows(`select *, extract(epoch from probe_at - now()) as seconds from circuit`))[0]!;

const due = (engine: SqlEngine): Promise<Row[]> => engine.rows(`update circuit set probe_at = now()`);

/** A template whose steps wait for the bank's circuit, and the number of its handler. */
async function guarded(engine: SqlEngine): Promise<{ template: number; handlers: number[] }> {
  const template = await engine.template([[]], { handler: 'pay', system: 'bank' });
  const rows = await engine.rows<{ id: number }>(
    `update handler set circuit = 'bank' where dependent_system = 'bank' returning id`,
  );
  return { template, handlers: rows.map(({ id }) => id) };
}

async function probe(worker: SqlWorker, handlers: number[]): Promise<Key[]> {
  const { rows } = await worker.db.query(`select * from probe_circuit($1, 'bank', $2)`, [worker.id, handlers]);
  return (rows as Row[])
    .filter(({ kind }) => kind === 3)
    .map(({ task_id, step_no, attempt }) => ({ task_id, step_no, attempt }));
}

/** @returns whether this was the attempt that tries the system */
const settle = async (
  engine: SqlEngine,
  { task_id, step_no, attempt }: Key,
  well: boolean | null,
): Promise<boolean> => {
  const values = [task_id, step_no, attempt, well];
  const rows = await engine.rows(`select * from settle_probe('bank', $1, $2, $3, $4, 300000, 'HTTP_500')`, values);
  return rows.length === 1;
};

describe('report_circuit', () => {
  it('opens after so many failures in a row, whoever reports them', async () => {
    const { engine } = sql;
    expect(await report(engine, { failures: 2 })).toEqual([{ failures: 2, opened: false }]);
    expect(await report(engine)).toEqual([{ failures: 3, opened: true }]);

    expect(await circuit(engine)).toMatchObject({ state: 'open', failures: 3, error_code: 'HTTP_503' });
    expect(Number((await circuit(engine)).seconds)).toBeCloseTo(30, 0);
  });

  it('counts from the last success', async () => {
    const { engine } = sql;
    await report(engine, { failures: 2 });
    expect(await report(engine, { recovered: true, failures: 0 })).toEqual([{ failures: 0, opened: false }]);
    await report(engine, { failures: 2 });
    expect(await report(engine, { recovered: true, failures: 2 })).toEqual([{ failures: 2, opened: false }]);
    expect((await circuit(engine)).state).toBe('closed');
  });

  it('writes nothing for a system that is well', async () => {
    const { engine } = sql;
    expect(await report(engine, { recovered: true, failures: 0 })).toEqual([]);
    expect(await engine.rows('select from circuit')).toEqual([]);
    await report(engine);
    await report(engine, { recovered: true, failures: 0 });
    expect(await report(engine, { recovered: true, failures: 0 })).toEqual([]);
  });

  it('leaves a circuit that is open as it is', async () => {
    const { engine } = sql;
    await report(engine, { failures: 3 });
    const before = await circuit(engine);
    expect(await report(engine, { resetMs: 1 })).toEqual([]);
    expect(await report(engine, { recovered: true, failures: 0 })).toEqual([]);
    expect({ ...(await circuit(engine)), seconds: 0 }).toEqual({ ...before, seconds: 0 });
  });

  it('loses no failure of those that are reported at the same moment, and is opened by one of them', async () => {
    const { engine } = sql;
    const clients = await Promise.all(Array.from({ length: 8 }, () => engine.connect()));
    const answers = await Promise.all(clients.map((db) => report(engine, { threshold: 8 }, db)));

    expect(answers.flat().filter(({ opened }) => opened)).toHaveLength(1);
    expect(await circuit(engine)).toMatchObject({ state: 'open', failures: 8 });
  });
});

describe('probe_circuit', () => {
  it('hands out one step when it is due, and no other until that has ended', async () => {
    const { engine } = sql;
    const { template, handlers } = await guarded(engine);
    const [one, two] = [await engine.worker(), await engine.worker()];
    const [oldest] = await engine.tasks(template, 3);
    await report(engine, { failures: 3 });
    expect(await probe(one, handlers)).toEqual([]);

    await due(engine);
    const [key] = await probe(one, handlers);
    expect(key).toMatchObject({ task_id: oldest });
    expect(await circuit(engine)).toMatchObject({ state: 'half_open', probe_task: oldest });
    expect(await probe(two, handlers)).toEqual([]);
    expect(await probe(one, handlers)).toEqual([]);
  });

  it('hands out one step to those that ask at the same moment', async () => {
    const { engine } = sql;
    const { template, handlers } = await guarded(engine);
    await engine.tasks(template, 20);
    const workers = await Promise.all(
      Array.from({ length: 6 }, async () => (await engine.worker()).on(await engine.connect())),
    );
    await report(engine, { failures: 3 });
    await due(engine);

    const answers = await Promise.all(workers.map((worker) => probe(worker, handlers)));
    expect(answers.flat()).toHaveLength(1);
  });

  it('writes nothing where no step waits', async () => {
    const { engine } = sql;
    const { handlers } = await guarded(engine);
    const worker = await engine.worker();
    await report(engine, { failures: 3 });
    await due(engine);

    await engine.rows('begin');
    expect(await probe(worker, handlers)).toEqual([]);
    const [row] = await engine.rows('select pg_current_xact_id_if_assigned() is null as read_only');
    await engine.rows('commit');
    expect(row!.read_only).toBe(true);
    expect((await circuit(engine)).state).toBe('open');
  });

  it.each([
    [
      'died over it',
      async (engine: SqlEngine, worker: SqlWorker) => {
        await engine.silence(worker, 60_000);
        await engine.rows(`select * from rescue_workers(1000, 3, 'died')`);
      },
    ],
    ['gave it back', async (_engine: SqlEngine, worker: SqlWorker, key: Key) => void (await worker.release([key]))],
    [
      'was told that it is cancelled',
      async (engine: SqlEngine, _worker: SqlWorker, key: Key) =>
        void (await engine.rows('select * from cancel_task($1, null, null)', [key.task_id])),
    ],
  ])('lets another try where the worker that tried %s', async (_what, end) => {
    const { engine } = sql;
    const { template, handlers } = await guarded(engine);
    const [one, two] = [await engine.worker(), await engine.worker()];
    await engine.tasks(template, 2);
    await report(engine, { failures: 3 });
    await due(engine);
    const [key] = await probe(one, handlers);

    await end(engine, one, key!);

    const [next] = await probe(two, handlers);
    expect(next).toBeDefined();
    // the first one's word does not count any more
    expect(await settle(engine, key!, true)).toBe(false);
    expect(await settle(engine, next!, true)).toBe(true);
    expect((await circuit(engine)).state).toBe('closed');
  });
});

describe('settle_probe', () => {
  async function halfOpen(engine: SqlEngine): Promise<{ key: Key; worker: SqlWorker; handlers: number[] }> {
    const { template, handlers } = await guarded(engine);
    const worker = await engine.worker();
    await engine.tasks(template, 2);
    await report(engine, { failures: 3, resetMs: 100_000 });
    await due(engine);
    const [key] = await probe(worker, handlers);
    return { key: key!, worker, handlers };
  }

  it('closes the circuit where the system was well', async () => {
    const { engine } = sql;
    const { key } = await halfOpen(engine);
    expect(await settle(engine, key, true)).toBe(true);
    expect(await circuit(engine)).toMatchObject({ state: 'closed', failures: 0, opened_at: null, probe_task: null });
  });

  it('leaves it alone for twice as long where it was not, up to the most', async () => {
    const { engine } = sql;
    const { key, worker, handlers } = await halfOpen(engine);
    expect(await settle(engine, key, false)).toBe(true);
    expect(await circuit(engine)).toMatchObject({ state: 'open', failures: 4, error_code: 'HTTP_500' });
    expect(Number((await circuit(engine)).seconds)).toBeCloseTo(200, 0);

    await worker.fail([key], 0);
    await due(engine);
    await worker.advance([], { want: 0 });
    const [again] = await probe(worker, handlers);
    await settle(engine, again!, false);
    expect(Number((await circuit(engine)).seconds)).toBeCloseTo(300, 0);
  });

  it('lets another try at once where nothing became known', async () => {
    const { engine } = sql;
    const { key, worker, handlers } = await halfOpen(engine);
    expect(await settle(engine, key, null)).toBe(true);
    expect(await probe(worker, handlers)).toHaveLength(1);
  });

  it('does not take the word of another attempt', async () => {
    const { engine } = sql;
    const { key } = await halfOpen(engine);
    expect(await settle(engine, { ...key, attempt: key.attempt + 1 }, true)).toBe(false);
    expect((await circuit(engine)).state).toBe('half_open');
  });
});

describe('list_circuits', () => {
  it('says how long until the next try', async () => {
    const { engine } = sql;
    const list = (): Promise<Row[]> => engine.rows('select * from list_circuits()');
    expect(await list()).toEqual([]);
    await report(engine);
    expect(await list()).toEqual([{ dependent_system: 'bank', state: 'closed', failures: 1, due_ms: null }]);
    await report(engine, { failures: 2 });
    const [open] = await list();
    expect(open!.due_ms).toBeGreaterThan(29_000);
    await due(engine);
    expect(await list()).toEqual([{ dependent_system: 'bank', state: 'open', failures: 3, due_ms: 0 }]);
  });
});

describe('steps behind an open circuit', () => {
  it('hold no permits of their template', async () => {
    const { engine } = sql;
    const name = engine.newId();
    const limits = { max_steps: 1 };
    const paying = await engine.template([[]], { name, limits, handler: 'pay', system: 'bank' });
    const other = await engine.template([[]], { name, version: '2.0.0', limits });
    await engine.rows(`update handler set circuit = 'bank' where dependent_system = 'bank'`);
    const [first] = await engine.tasks(paying, 1);
    const [second] = await engine.tasks(other, 1);
    expect(await engine.admit([first!, second!])).toBe(1);

    await report(engine, { failures: 3 });
    expect(await engine.admit([second!])).toBe(1);
    expect((await engine.step(second!)).gate).toBe('admitted');
    expect((await engine.step(first!)).gate).toBe('task_limit');

    await due(engine);
    expect((await engine.rows('select sweep_gates(true) as n'))[0]!.n).toBe(0);
    expect((await engine.step(first!)).gate).toBe('template_limit');
  });
});
