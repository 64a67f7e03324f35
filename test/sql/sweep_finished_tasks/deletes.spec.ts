import { sqlEngine, type Row, type SqlWorker } from '../../support/sql-engine.js';

const NIL = '00000000-0000-0000-0000-000000000000';
const LAST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const HOUR = 3_600;
const sql = sqlEngine();
let worker: SqlWorker;

beforeAll(async () => {
  worker = await sql.engine.worker();
});
beforeEach(() =>
  sql.engine.rows('truncate task, step, transition, custom_event, idempotency_key, subscription cascade'),
);

interface Bounds {
  seconds?: number | null;
  after?: string;
  before?: string;
  limit?: number;
}
const sweep = async ({ seconds = HOUR, after = NIL, before = LAST, limit = 100 }: Bounds = {}): Promise<Row> =>
  (await sql.engine.rows('select * from sweep_finished_tasks($1, $2, $3, $4)', [seconds, after, before, limit]))[0]!;
const ids = async (): Promise<string[]> =>
  (await sql.engine.rows<{ id: string }>('select id from task order by id')).map(({ id }) => id);
const age = (taskId: string, seconds = 2 * HOUR) =>
  sql.engine.rows(`update task set finished_at = now() - $2 * interval '1 s' where id = $1`, [taskId, seconds]);
const says = (template: number, security: object) =>
  sql.engine.rows('update template set definition = $2 where id = $1', [template, JSON.stringify({ security })]);
const rowsOf = async (taskId: string): Promise<number> => {
  const tables = ['step', 'transition', 'custom_event', 'idempotency_key', 'delivery'];
  const counts = tables.map((table) => `(select count(*) from ${table} where task_id = $1)`).join('+');
  return Number((await sql.engine.rows<{ n: string }>(`select ${counts} as n`, [taskId]))[0]!.n);
};

/** A task that is complete, with everything that a task can leave behind. */
async function complete(template: number, key?: string): Promise<string> {
  const task = await sql.engine.task(template, key === undefined ? {} : { key });
  const keys = await worker.claim();
  await worker.complete(keys, { results: keys.map(() => ({ token: 'hush' })) });
  await sql.engine.rows(
    `insert into custom_event (task_id, step_no, attempt, position, name, payload) values ($1, 0, 1, 0, 'a.b', '{"token": "hush"}')`,
    [task],
  );
  return task;
}

describe('sweep_finished_tasks', () => {
  it('deletes what came to rest longer ago, with all that belongs to it, and nothing else', async () => {
    const { engine } = sql;
    const template = await engine.template([[], [0]]);
    const task = await complete(template, 'k1');
    await worker.complete(await worker.claim());
    const young = await complete(template, 'k2');
    await worker.complete(await worker.claim());
    await age(task);
    await age(young, HOUR - 60);

    expect(await sweep()).toEqual({ upto: young, deleted: 1, erased: 0, unread: 0, parked: 0 });

    expect(await ids()).toEqual([young]);
    expect(await rowsOf(task)).toBe(0);
    expect(await rowsOf(young)).toBeGreaterThan(4);
    expect((await engine.rows('select key from idempotency_key')).map(({ key }) => key as string)).toEqual(['k2']);
  });

  it('leaves what is not at rest, however old it is, and takes what was cancelled or resolved', async () => {
    const { engine } = sql;
    const template = await engine.template([[]], { retryLimit: 1 });
    const failed = await engine.task(template);
    await worker.fail(await worker.claim());
    const resolved = await engine.task(template);
    await worker.fail(await worker.claim());
    await engine.rows(`select * from resolve_task($1, 'me', 'done by hand')`, [resolved]);
    const running = await engine.task(template);
    await worker.claim();
    const cancelled = await engine.task(template);
    await engine.rows(`select * from cancel_task($1, 'me', 'no more')`, [cancelled]);
    const pending = await engine.task(template);
    for (const task of await ids()) await age(task);

    expect(await sweep()).toMatchObject({ deleted: 2 });
    expect(await ids()).toEqual([failed, running, pending]);
  });

  it('deletes nothing where tasks are kept for ever, and keeps those longer whose template says so', async () => {
    const { engine } = sql;
    const [kept, brief] = [await engine.template([[]]), await engine.template([[]])];
    await says(kept, { auditLogging: { retentionSeconds: 3 * HOUR } });
    await says(brief, { auditLogging: { retentionSeconds: 60 } });
    const tasks = [await complete(kept), await complete(brief)];
    for (const task of tasks) await age(task);

    expect(await sweep({ seconds: null })).toMatchObject({ deleted: 0 });
    expect(await sweep({ seconds: 3 * HOUR })).toMatchObject({ deleted: 0 });
    expect(await sweep()).toMatchObject({ deleted: 1 });
    expect(await ids()).toEqual([tasks[0]]);
    await age(tasks[0]!, 4 * HOUR);
    expect(await sweep()).toMatchObject({ deleted: 1 });
  });

  it('goes on from task to task, in the bounds that it is given', async () => {
    const { engine } = sql;
    const template = await engine.template([[]]);
    const tasks = await engine.tasks(template, 5);
    await worker.complete(await worker.claim());
    for (const task of tasks) await age(task);

    const before = tasks[4]!;
    expect(await sweep({ limit: 3, before })).toMatchObject({ upto: tasks[2], deleted: 3 });
    expect(await sweep({ limit: 3, before, after: tasks[2] })).toMatchObject({ upto: tasks[3], deleted: 1 });
    expect(await sweep({ limit: 3, before, after: tasks[3] })).toMatchObject({ upto: null, deleted: 0 });
    expect(await ids()).toEqual([tasks[4]]);
  });

  it('leaves the work to the one that is at it', async () => {
    const { engine } = sql;
    await complete(await engine.template([[]]));
    const other = await engine.connect();
    await other.query('begin');
    await other.query('select * from sweep_finished_tasks($1, $2, $3, 10)', [HOUR, NIL, LAST]);
    expect(await sweep()).toBeUndefined();
    await other.query('rollback');
    expect(await sweep()).toMatchObject({ deleted: 0 });
  });

  it('keeps a task until every subscription has been given its events; those that are parked go with it', async () => {
    const { engine } = sql;
    const task = await complete(await engine.template([[]]));
    await age(task);
    await engine.rows(
      `insert into subscription (name, position, events) values ('mail', 0, '{*}'), ('bill', 0, '{*}')`,
    );
    const reads = (name: string) =>
      engine.rows('update subscription set position = (select last_value from audit_no) where name = $1', [name]);
    const delivery = (
      state: string,
    ) => `insert into delivery (subscription, audit_no, event_no, event, event_id, task_id, state, parked_at)
      values ('mail', 1, 0, 'task.completed', 'x', $1, '${state}', ${state === 'parked' ? 'now()' : 'null'})`;

    await reads('mail');
    expect(await sweep()).toMatchObject({ deleted: 0, unread: 1 });
    await reads('bill');
    await engine.rows(delivery('waiting'), [task]);
    expect(await sweep()).toMatchObject({ deleted: 0, unread: 1 });
    await engine.rows('delete from delivery');
    await engine.rows(delivery('parked'), [task]);
    expect(await sweep()).toMatchObject({ deleted: 1, unread: 0, parked: 1 });
    expect(await rowsOf(task)).toBe(0);
  });

  it('removes what tasks have worked with where their template demands it, once, and leaves the trail', async () => {
    const { engine } = sql;
    const [cards, lax] = [await engine.template([[]]), await engine.template([[]])];
    await says(cards, { pciCompliance: { enabled: true, dataRetentionSeconds: HOUR } });
    await says(lax, { pciCompliance: { enabled: false, dataRetentionSeconds: HOUR } });
    const tasks = [await complete(cards), await complete(lax), await complete(cards)];
    await engine.rows(`update task set context = '{"pan": 4111}', annotations = '{"pan": 4111}'`);
    await engine.rows(`update step set inputs = '{"pan": 4111}'`);
    const step = { task_id: tasks[0]!, step_no: 0, attempt: 1 };
    await worker.refuse([step], [{ results: { pan: 4111 } }], 'timed_out');
    await engine.rows(`select * from update_step($1, 0::int2, 5::int2, null, 'me', 'why')`, [tasks[0]]);
    await age(tasks[0]!);
    await age(tasks[1]!);
    const trail = await engine.causes(tasks[0]!, 0);

    expect(await sweep({ seconds: null })).toMatchObject({ deleted: 0, erased: 1 });
    expect(await sweep({ seconds: null })).toMatchObject({ erased: 0 });

    const contexts = await engine.rows('select context, annotations from task order by id');
    expect(contexts[0]).toEqual({ context: { erased: true }, annotations: null });
    expect(contexts.slice(1).map(({ context }) => context as unknown)).toEqual([{ pan: 4111 }, { pan: 4111 }]);
    expect(await engine.step(tasks[0]!)).toMatchObject({ state: 'complete', result: null, inputs: null });
    expect(await engine.step(tasks[2]!)).toMatchObject({ result: { token: 'hush' } });
    expect(await engine.causes(tasks[0]!, 0)).toEqual(trail);
    const [left] = await engine.rows(
      `select string_agg(concat(x.detail, e.payload), '') as text from transition x
       left join custom_event e on e.task_id = x.task_id where x.task_id = $1`,
      [tasks[0]],
    );
    expect(left!.text).not.toMatch(/4111|hush/);
  });

  it('and an operator who changes the task at that moment: whoever comes second finds what the first has left', async () => {
    const { engine } = sql;
    const task = await complete(await engine.template([[]]));
    await age(task);
    const other = await engine.connect();
    await other.query('begin');
    await other.query(`select * from update_task($1, '{late}', null, null, 'me')`, [task]);
    const swept = sweep();
    await engine.blocked();
    await other.query('commit');
    expect(await swept).toMatchObject({ deleted: 1 });
    const [row] = (await other.query(`select * from update_task($1, '{later}', null, null, 'me')`, [task]))
      .rows as Row[];
    expect(row?.was ?? null).toBeNull();
  });
});
