import { engines, eventually, graph, single, type EngineOptions } from '../support/engine.js';

const { start, beside } = engines();

describe('two applications on one database', () => {
  it('share the work, and claim no step twice', async () => {
    const runs = new Map<string, number>();
    const diamond = graph('diamond', { a: [], b: ['a'], c: ['a'], d: ['b', 'c'] }, { handler: 'work' });
    const options = (name: string): EngineOptions => ({
      templates: [diamond],
      handlers: {
        work: async ({ step }) => {
          runs.set(step.stepId, (runs.get(step.stepId) ?? 0) + 1);
          await new Promise((resolve) => setImmediate(resolve));
          return name;
        },
      },
      worker: { slots: 25, name },
    });
    const one = await start(options('one'));
    const two = await beside(one, options('two'));
    const requests = Array.from({ length: 500 }, () => ({
      name: 'diamond',
      context: {},
      initiator: 'test',
      reason: 'to see',
      sourceSystem: 'jest',
    }));

    const created = await one.client.createTasks(requests);
    const tasks = await Promise.all(
      created.map((answer) =>
        one.client.waitFor((answer as { task: { taskId: string } }).task.taskId, { timeoutMs: 25_000 }),
      ),
    );

    expect(new Set(tasks.map(({ status }) => status))).toEqual(new Set(['complete']));
    expect(runs.size).toBe(2_000);
    expect(Math.max(...runs.values())).toBe(1);
    const audit = await one.sql(`
      select cause, count(*)::int as n from transition where step_no >= 0 group by cause order by cause`);
    const counts = Object.fromEntries(audit.map(({ cause, n }) => [cause, n])) as Record<string, number>;
    expect(counts.succeeded).toBe(2_000);
    expect((counts.claimed ?? 0) + (counts.handed_off ?? 0)).toBe(2_000);
    const share = await one.sql(`
      select w.name, count(*)::int as n from transition x join worker w on w.id = x.worker_id
      where x.cause = 'succeeded' and x.step_no >= 0 group by w.name order by w.name`);
    expect(share.map(({ name }) => name)).toEqual(['one', 'two']);
    for (const { n } of share) expect(n).toBeGreaterThan(200);
    expect(two.events.length).toBeGreaterThan(100);
  });

  it('give each other the results of ancestors that the other has run', async () => {
    const template = graph('relay', { a: [], b: ['a'], c: ['b'], d: ['a', 'c'] });
    const api = await start({ templates: [template], roles: ['api'] });
    const value = { text: 'a\u0000b \uD800 \u{1F600}', list: [1.5, null] };
    await beside(api, { handlers: { a: () => value, c: ({ sequence }) => sequence.results('b') }, roles: ['worker'] });
    await beside(api, {
      handlers: {
        b: ({ sequence }) => ({ from: sequence.results('a') }),
        d: ({ sequence, task }) => [sequence.results('a'), sequence.results('c'), task.context],
      },
      roles: ['worker'],
    });

    const task = await api.run('relay', { context: { cart: 3 } });

    expect(task.status).toBe('complete');
    expect(task.step('d').results).toEqual([value, { from: value }, { cart: 3 }]);
  });

  it('find a task of the other by notification, long before they would look', async () => {
    const patient = { pollMs: 60_000 };
    const api = await start({ templates: [single('work')], roles: ['api'] });
    const worker = await beside(api, {
      templates: [single('work')],
      handlers: { work: () => 1 },
      roles: ['worker'],
      worker: patient,
    });
    await eventually('it listens', async () => {
      const rows = await api.sql(
        `select 1 from pg_stat_activity where datname = current_database() and query ilike 'listen%'`,
      );
      return rows.length >= 2;
    });
    const began = Date.now();

    const task = await api.run('work');

    expect(task.status).toBe('complete');
    expect(Date.now() - began).toBeLessThan(5_000);
    expect(worker.eventsOf(task.taskId)).toContain('task.completed');
  });
});
