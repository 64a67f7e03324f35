import { AttemptRefusedError, type StepContext } from '../../src/index.js';
import { aborted, engines, eventually, Gate, graph, single, type Engine } from '../support/engine.js';

const { start } = engines();

const insert = (context: StepContext, value: string, result: unknown = { value }) =>
  context.transaction(async (manager) => {
    await manager.query('insert into ledger (value) values ($1)', [value]);
    return result;
  });

const withLedger = async (options: Parameters<typeof start>[0]): Promise<Engine> => {
  const engine = await start(options);
  await engine.sql('create table public.ledger (value text)');
  return engine;
};

const ledger = async (engine: Engine): Promise<string[]> =>
  (await engine.sql<{ value: string }>('select value from public.ledger order by 1')).map(({ value }) => value);

describe("the handler's own transaction", () => {
  it('commits its rows and the completion of its step together, and dependents run after', async () => {
    const engine = await withLedger({
      templates: [graph('pay', { before: [], book: ['before'], after: ['book'] })],
      handlers: {
        before: () => 'b',
        book: (context) => insert(context, 'paid'),
        after: async ({ sequence }) => [sequence.results('book'), await ledger(engine)],
      },
    });

    const task = await engine.run('pay');

    expect(task.status).toBe('complete');
    expect(task.step('book').results).toEqual({ value: 'paid' });
    expect(task.step('after').results).toEqual([{ value: 'paid' }, ['paid']]);
    expect(task.attempts).toEqual({ before: 1, book: 1, after: 1 });
    expect(engine.eventsOf(task.taskId, 'book')).toEqual(['step.started', 'step.completed']);
  });

  it('may be taken out of the context', async () => {
    const engine = await withLedger({
      templates: [single('book')],
      handlers: { book: ({ transaction }) => transaction(async () => 'taken apart') },
    });

    expect((await engine.run('book')).step('only').results).toBe('taken apart');
  });

  it('completes the task where its step is the last', async () => {
    const engine = await withLedger({
      templates: [single('book')],
      handlers: { book: (context) => insert(context, 'x') },
    });

    const task = await engine.run('book');

    expect(task.status).toBe('complete');
    expect(engine.eventsOf(task.taskId).at(-1)).toBe('task.completed');
  });

  it('rolls everything back where its function throws, and the attempt has failed', async () => {
    const engine = await withLedger({
      templates: [single('book')],
      handlers: {
        book: (context) =>
          context.transaction(async (manager) => {
            await manager.query('insert into ledger values ($1)', [`attempt ${context.step.attempt}`]);
            if (context.step.attempt === 1) throw new Error('no funds');
          }),
      },
    });

    const task = await engine.run('book');

    expect(task.outcomes('only')).toEqual(['failed', 'succeeded']);
    expect(await ledger(engine)).toEqual(['attempt 2']);
  });

  it.each([
    ['is no JSON', { n: 1n }, 'RESULT_NOT_JSON'],
    ['is too large', 'x'.repeat(2_000_000), 'RESULT_TOO_LARGE'],
  ])('rolls everything back where what it returns %s', async (_what, result, code) => {
    const engine = await withLedger({
      templates: [single('book')],
      handlers: { book: (context) => insert(context, 'x', result) },
    });

    const task = await engine.run('book');

    expect(task.step('only').error).toMatchObject({ errorCode: code });
    expect(await ledger(engine)).toEqual([]);
  });

  it('rolls back where a constraint that is checked at commit refuses it, and the step is not complete', async () => {
    const engine = await withLedger({
      templates: [graph('pay', { book: [], after: ['book'] }, { each: { default_retry_limit: 1 } })],
      handlers: { book: (context) => insert(context, 'twice'), after: () => 1 },
    });
    await engine.sql(`alter table public.ledger add unique (value) deferrable initially deferred`);
    await engine.sql(`insert into public.ledger values ('twice')`);

    const task = await engine.run('pay');

    expect(task.statuses).toEqual({ book: 'error', after: 'pending' });
    expect(task.step('book').error).toMatchObject({ errorCode: '23505' });
    expect(await ledger(engine)).toEqual(['twice']);
  });

  it('rolls back where the attempt is no longer the live one', async () => {
    const errors: unknown[] = [];
    const engine = await withLedger({
      templates: [single('book', { timeout_seconds: 0.6, default_retry_limit: 2 })],
      handlers: {
        book: async (context) => {
          const { attempt } = context.step;
          if (attempt === 2) return insert(context, 'second');
          await aborted(context.signal);
          await eventually('the second attempt has its way', async () => (await ledger(engine)).length === 1);
          return insert(context, 'first').catch((error) => errors.push(error));
        },
      },
    });

    const task = await engine.run('book');

    expect(task.step('only').results).toEqual({ value: 'second' });
    await eventually('the first attempt has tried', () => errors.length === 1);
    expect(errors).toEqual([expect.any(AttemptRefusedError)]);
    expect(await ledger(engine)).toEqual(['second']);
  });

  it('rolls back where the task was cancelled meanwhile', async () => {
    const gate = new Gate();
    const errors: unknown[] = [];
    const engine = await withLedger({
      templates: [single('book')],
      handlers: {
        book: async (context) => {
          await gate.pass();
          return insert(context, 'x').catch((error) => errors.push(error));
        },
      },
    });
    const { taskId } = await engine.create('book');
    await gate.reached();
    await engine.client.cancelTask(taskId);
    gate.open();

    await eventually('it was refused', () => errors.length === 1);
    expect(errors).toEqual([expect.any(AttemptRefusedError)]);
    expect(await ledger(engine)).toEqual([]);
    expect((await engine.look(taskId)).statuses).toEqual({ only: 'cancelled' });
  });

  it('says what the step has done: what the handler returns or throws after it does not count', async () => {
    const engine = await withLedger({
      templates: [single('returns'), single('throws')],
      handlers: {
        returns: async (context) => {
          await insert(context, 'a');
          return 'something else';
        },
        throws: async (context) => {
          await insert(context, 'b');
          throw new Error('after the fact');
        },
      },
    });

    const first = await engine.run('returns');
    const second = await engine.run('throws');

    expect(first.step('only').results).toEqual({ value: 'a' });
    expect(second.outcomes('only')).toEqual(['succeeded']);
    expect(second.step('only')).toMatchObject({ results: { value: 'b' }, error: null });
    expect(await ledger(engine)).toEqual(['a', 'b']);
  });

  it('commits once: a second one in the same attempt is refused and leaves nothing', async () => {
    const errors: unknown[] = [];
    const engine = await withLedger({
      templates: [single('book')],
      handlers: {
        book: async (context) => {
          await insert(context, 'first');
          await insert(context, 'second').catch((error) => errors.push(error));
        },
      },
    });

    await engine.run('book');

    await eventually('the second was refused', () => errors.length === 1);
    expect(errors).toEqual([expect.any(AttemptRefusedError)]);
    expect(await ledger(engine)).toEqual(['first']);
  });

  it('of more handlers than the pool has connections neither deadlocks nor starves the engine', async () => {
    const engine = await withLedger({
      templates: [single('book')],
      handlers: { book: (context) => insert(context, context.task.context.n as string) },
    });
    const tasks = [];
    for (let n = 0; n < 30; n++) tasks.push(await engine.create('book', { context: { n: String(n) } }));

    for (const { taskId } of tasks) expect((await engine.finished(taskId)).status).toBe('complete');

    expect(await ledger(engine)).toHaveLength(30);
  });
});
