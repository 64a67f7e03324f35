import { engines, eventually, Gate, graph, single, type Process } from '../support/engine.js';

const { start, beside } = engines();

/** Notes the label of each task whose step it runs. */
function noting() {
  const order: string[] = [];
  const note: Process = ({ task }) => {
    order.push(task.context.label as string);
  };
  return { order, note };
}

const label = (name: string) => ({ context: { label: name } });

describe('a task with run_at in the future', () => {
  it('is not started before then, and delays no other', async () => {
    const startedAt = new Map<string, number>();
    const engine = await start({
      templates: [single('work')],
      handlers: { work: ({ task }) => void startedAt.set(task.context.label as string, Date.now()) },
      worker: { slots: 1 },
    });
    const runAt = new Date(Date.now() + 700);
    const later = await engine.create('work', { ...label('later'), runAt, priority: 100 });

    await engine.run('work', label('now'));
    expect(Date.now()).toBeLessThan(runAt.getTime());
    expect((await engine.look(later.taskId)).view).toMatchObject({ status: 'pending', startedAt: null });
    await engine.finished(later.taskId);

    // the database's clock is this machine's
    expect(startedAt.get('later')).toBeGreaterThanOrEqual(runAt.getTime());
    expect(startedAt.get('later')! - runAt.getTime()).toBeLessThan(2_000);
  });

  it('of long ago starts at once', async () => {
    const engine = await start({ templates: [single('work')], handlers: { work: () => 1 } });

    expect((await engine.run('work', { runAt: new Date(0) })).status).toBe('complete');
  });
});

describe('the order in which steps are claimed', () => {
  const backlog = async (slots = 1) => {
    const { order, note } = noting();
    const engine = await start({ templates: [single('note')], handlers: { note }, roles: ['api'], worker: { slots } });
    return { engine, order, run: () => engine.restart({ roles: ['api', 'worker'] }) };
  };

  it('is that of priority, the highest first', async () => {
    const { engine, order, run } = await backlog();
    const tasks = [];
    for (const priority of [0, -100, 50, 100, -1, 51]) {
      tasks.push(await engine.create('note', { ...label(String(priority)), priority }));
    }
    await run();

    for (const { taskId } of tasks) await engine.finished(taskId);
    expect(order).toEqual(['100', '51', '50', '0', '-1', '-100']);
  });

  it('is that of age among tasks of one priority', async () => {
    const { engine, order, run } = await backlog();
    const tasks = [];
    for (let n = 0; n < 10; n++) tasks.push(await engine.create('note', label(String(n))));
    await run();

    for (const { taskId } of tasks) await engine.finished(taskId);
    expect(order).toEqual(tasks.map((_, n) => String(n)));
  });

  it('is by priority over all handlers, not one handler after the other', async () => {
    const { order, note } = noting();
    const templates = ['x', 'y', 'z'].map((name) => single(name));
    const engine = await start({
      templates,
      handlers: { x: note, y: note, z: note },
      roles: ['api'],
      worker: { slots: 1 },
    });
    const tasks = [];
    for (const [name, priority] of [
      ['x', 1],
      ['y', 3],
      ['z', 2],
      ['x', 4],
      ['y', 0],
    ] as const)
      // prettier-ignore
      tasks.push(await engine.create(name, { ...label(String(priority)), priority }));
    await engine.restart({ roles: ['api', 'worker'] });

    for (const { taskId } of tasks) await engine.finished(taskId);
    expect(order).toEqual(['4', '3', '2', '1', '0']);
  });
});

describe('older work', () => {
  it('is not starved by newer work of the same priority, however much of that comes', async () => {
    let stop = false;
    let created = 0;
    const engine = await start({
      templates: [graph('chain', { a: [], b: ['a'], c: ['b'], d: ['c'] }, { handler: 'work' })],
      handlers: { work: () => new Promise((resolve) => setImmediate(resolve)) },
      worker: { slots: 2 },
    });
    const flood = async () => {
      while (!stop) {
        await engine.create('chain');
        created++;
      }
    };
    const flooding = [flood(), flood()];
    await eventually('the flood has begun', () => created > 20);
    const { taskId } = await engine.create('chain');
    const before = created;

    await engine.finished(taskId);
    stop = true;
    await Promise.all(flooding);

    // what is younger than it by far has not been served first
    const [{ ahead }] = (await engine.sql(
      `select count(*)::int as ahead from task where state = 'complete' and id > $1 and finished_at < (select finished_at from task where id = $1)`,
      [taskId],
    )) as [{ ahead: number }];
    expect(ahead).toBeLessThanOrEqual(4);
    expect(before).toBeGreaterThan(20);
  });

  it('that was handed to the pool gets its share of the slots while chains are handed on', async () => {
    let stop = false;
    const engine = await start({
      templates: [
        graph(
          'endless',
          Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`s${n}`, n === 0 ? [] : [`s${n - 1}`]])),
          {
            handler: 'work',
          },
        ),
        single('short', { handler_class: 'work' }),
      ],
      handlers: { work: () => (stop ? null : new Promise((resolve) => setImmediate(resolve))) },
      worker: { slots: 1 },
    });
    const { taskId: long } = await engine.create('endless');
    await eventually('the chain runs', () => engine.eventsOf(long).length > 5);
    const { taskId } = await engine.create('short', { priority: 1 });

    await engine.finished(taskId);
    const { stepCounts } = (await engine.look(long)).view;
    stop = true;

    expect(stepCounts.complete).toBeLessThan(400);
  });
});

describe('a worker', () => {
  it('that only has some of the handlers claims only steps of these', async () => {
    const template = graph('mixed', { fetch: [], print: ['fetch'], post: ['print'] });
    const ran: string[] = [];
    const api = await start({ templates: [template], roles: ['api'] });
    await beside(api, {
      handlers: { fetch: () => ran.push('fetch at A'), post: () => ran.push('post at A') },
      roles: ['worker'],
    });
    const { taskId } = await api.create('mixed');
    await eventually(
      'the first step is through',
      async () => (await api.look(taskId)).step('fetch').status === 'complete',
    );
    expect((await api.look(taskId)).view).toMatchObject({ status: 'in_progress', executionStatus: 'has_ready_steps' });

    await beside(api, { handlers: { print: () => ran.push('print at B') }, roles: ['worker'] });

    expect((await api.finished(taskId)).status).toBe('complete');
    expect(ran).toEqual(['fetch at A', 'print at B', 'post at A']);
  });

  it('is not held up by a backlog of steps that nobody has a handler for', async () => {
    const api = await start({ templates: [single('nobodys'), single('ours')], roles: ['api'] });
    for (let n = 0; n < 50; n++) await api.create('nobodys', { priority: 100 });
    await beside(api, { handlers: { ours: () => 1 }, roles: ['worker'], worker: { slots: 1 } });

    expect((await api.run('ours')).status).toBe('complete');
    const [backlog] = await api.sql(
      `select sum(s.attempt)::int as attempts from step s join handler h on h.id = s.handler_id where h.name = 'nobodys'`,
    );
    expect(backlog!.attempts).toBe(0);
  });

  it('learns of templates that another process brings while it runs', async () => {
    const worker = await start({ handlers: { fresh: () => 'known' }, roles: ['worker'] });
    const api = await beside(worker, { templates: [single('fresh')], roles: ['api'] });

    expect((await api.run('fresh')).status).toBe('complete');
  });

  it('never runs more steps at once than it has slots', async () => {
    let running = 0;
    let most = 0;
    const engine = await start({
      templates: [
        graph('wide', Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`s${n}`, []])), { handler: 'work' }),
      ],
      handlers: {
        work: async () => {
          most = Math.max(most, ++running);
          await new Promise((resolve) => setTimeout(resolve, 5));
          running--;
        },
      },
      worker: { slots: 7 },
    });

    await Promise.all([engine.run('wide'), engine.run('wide')]);

    expect(most).toBe(7);
  });

  it('runs independent steps at the same time', async () => {
    const gate = new Gate();
    const engine = await start({
      templates: [graph('wide', { a: [], b: [], c: [], d: ['a', 'b', 'c'] }, { handler: 'meet' })],
      handlers: {
        meet: async ({ step }) => {
          if (step.name === 'd') return;
          gate.arrived++;
          await gate.reached(3);
        },
      },
    });

    expect((await engine.run('wide')).status).toBe('complete');
  });

  it('does not let a slow step hold up steps of its task that do not depend on it', async () => {
    const gate = new Gate();
    const engine = await start({
      templates: [graph('uneven', { slow: [], a: [], b: ['a'], c: ['b'] }, {})],
      handlers: { slow: () => gate.pass(), a: () => 1, b: () => 1, c: () => 1 },
      worker: { slots: 2 },
    });
    const { taskId } = await engine.create('uneven');

    await eventually('the quick branch is through', () => engine.eventsOf(taskId, 'c').includes('step.completed'));
    gate.open();
    expect((await engine.finished(taskId)).status).toBe('complete');
  });
});

describe('a task with nothing to run', () => {
  it('is not complete because no step of it is ready', async () => {
    const engine = await start({ templates: [graph('chain', { a: [], b: ['a'] })], roles: ['api'] });
    const { taskId } = await engine.create('chain');
    // as if somebody held its only ready step
    await engine.sql(`update step set held = true, ready_at = null where step_no = 0`);
    await engine.restart({
      roles: ['worker'],
      handlers: { a: () => 1, b: () => 1 },
      worker: { silentMs: 400, heartbeatMs: 50, pollMs: 20 },
    });
    const beats = async () =>
      Number((await engine.sql(`select pg_stat_get_tuples_updated('worker'::regclass) as n`))[0]!.n);
    const from = await beats();
    await eventually('many sweeps and polls have passed', async () => (await beats()) > from + 15);

    expect((await engine.look(taskId)).view).toMatchObject({ status: 'pending', completedAt: null });
  });
});

describe('roles', () => {
  it('of an API alone create tasks and run none', async () => {
    const api = await start({ templates: [single('work')], roles: ['api'] });
    const { taskId } = await api.create('work');

    expect((await api.look(taskId)).view).toMatchObject({ status: 'pending', executionStatus: 'has_ready_steps' });
    expect(await api.sql('select * from worker')).toEqual([]);

    const worker = await beside(api, {
      templates: [single('work')],
      handlers: { work: () => 'run' },
      roles: ['worker'],
    });
    expect((await api.finished(taskId)).step('only').results).toBe('run');
    expect(worker.eventsOf(taskId)).toContain('task.completed');
    expect(api.eventsOf(taskId)).not.toContain('task.completed');
  });

  it('of an API alone need no handlers', async () => {
    const api = await start({ templates: [single('work')], roles: ['api'], handlers: {} });

    expect((await api.create('work')).status).toBe('pending');
  });
});
