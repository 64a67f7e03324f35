import { Injectable } from '@nestjs/common';
import { StepHandler, type Sequence, type StepContext, type TaskContext } from '../../src/index.js';
import { engines, eventually, Gate, graph, LOG, single, type Engine } from '../support/engine.js';

describe('sequence', () => {
  const { start } = engines('afterAll');
  let engine: Engine;
  let ask: (sequence: Sequence) => unknown;

  beforeAll(async () => {
    engine = await start({
      templates: [
        graph('tree', {
          root: [],
          mid: ['root'],
          unsure: ['root'],
          stranger: [],
          leaf: ['mid', 'unsure'],
          later: ['leaf'],
        }),
      ].map((template) => ({
        ...template,
        step_templates: template.step_templates.map((step) =>
          step.name === 'unsure' ? { ...step, skippable: true } : step,
        ),
      })),
      handlers: {
        root: () => ({ list: [1, { deep: true }] }),
        mid: () => 'mid',
        unsure: () => {
          throw new TypeError('no');
        },
        stranger: () => 'stranger',
        leaf: ({ sequence }) => ask(sequence),
        later: () => 1,
      },
    });
  });

  const leaf = async (question: (sequence: Sequence) => unknown) => {
    ask = question;
    return (await engine.run('tree')).step('leaf');
  };

  it('gives the results of parents', async () => {
    expect((await leaf((sequence) => sequence.results('mid'))).results).toBe('mid');
  });

  it('gives the results of ancestors that are no parents', async () => {
    expect((await leaf((sequence) => sequence.results('root'))).results).toEqual({ list: [1, { deep: true }] });
  });

  it('gives null for an ancestor that was skipped', async () => {
    const step = await leaf((sequence) => [sequence.results('unsure')]);

    expect(step.results).toEqual([null]);
    expect(step.status).toBe('complete');
  });

  it('names the ancestors in the order of the template', async () => {
    expect((await leaf((sequence) => sequence.names)).results).toEqual(['root', 'mid', 'unsure']);
  });

  it.each([
    ['that no step depends on', 'stranger', /"leaf" does not depend on a step "stranger"/],
    ['that comes later', 'later', /"leaf" does not depend on a step "later"/],
    ['itself', 'leaf', /"leaf" does not depend on a step "leaf"/],
    ['that does not exist, with a suggestion', 'rooot', /does not depend on a step "rooot".*Did you mean "root"/],
  ])('refuses a step %s, which is a mistake in the program', async (_what, name, message) => {
    const step = await leaf((sequence) => sequence.results(name));

    expect(step.attempts).toBe(1);
    expect(step.error).toMatchObject({
      errorClass: 'TypeError',
      retryable: false,
      message: expect.stringMatching(message),
    });
  });

  it('gives a copy to each who asks: what one changes no other sees', async () => {
    const step = await leaf((sequence) => {
      const first = sequence.results<{ list: unknown[] }>('root');
      first.list.push('changed');
      return sequence.results('root');
    });

    expect(step.results).toEqual({ list: [1, { deep: true }] });
  });

  it('is not changed by a handler that changes what it returned', async () => {
    const returned = { value: 1 };
    const other = await startOwn(returned);

    expect((await other.run('chain')).step('b').results).toEqual({ value: 1 });
  });

  const startOwn = async (returned: { value: number }): Promise<Engine> =>
    start({
      templates: [graph('chain', { a: [], b: ['a'] })],
      handlers: {
        a: () => {
          setImmediate(() => (returned.value = 2));
          return returned;
        },
        b: ({ sequence }) => sequence.results('a'),
      },
    });
});

describe('what a handler is given', () => {
  const { start } = engines();

  it('is the task as it was requested', async () => {
    let seen!: StepContext;
    const engine = await start({
      templates: [single('look', {}, { namespace: 'shop', version: '2.1.0', default_dependent_system: 'erp' })],
      handlers: { look: (context) => void (seen = context) },
    });
    const asked = {
      namespace: 'shop',
      context: { cart: { id: 7 } },
      tags: ['a', 'b'],
      priority: 3,
      correlationId: 'c-1',
      initiator: 'me',
      reason: 'why',
      sourceSystem: 'web',
    };

    const task = await engine.run('look', asked);

    const { idempotencyKey, stepId } = task.step('only') as never as Record<string, string>;
    expect(seen.task).toMatchObject({ ...asked, name: 'look', version: '2.1.0', taskId: task.taskId });
    expect(seen.task.createdAt).toEqual(task.view.createdAt);
    expect(seen.step).toMatchObject({ name: 'only', stepId, attempt: 1, dependentSystem: 'erp', previousError: null });
    expect(idempotencyKey).toBeUndefined();
  });

  it('is a frozen context, so that steps of one task cannot change it for each other', async () => {
    const errors: unknown[] = [];
    const engine = await start({
      templates: [graph('two', { a: [], b: ['a'] }, { handler: 'meddle' })],
      handlers: {
        meddle: ({ task, step }) => {
          const context = task.context as { cart: { items: string[] } };
          try {
            if (step.name === 'a') context.cart.items.push('stolen');
          } catch (error) {
            errors.push(error);
          }
          return context.cart.items;
        },
      },
    });

    const task = await engine.run('two', { context: { cart: { items: ['book'] } } });

    expect(errors).toEqual([expect.any(TypeError)]);
    expect(task.step('b').results).toEqual(['book']);
    expect(task.view.context).toEqual({ cart: { items: ['book'] } });
  });

  it('is the same singleton for all steps, with everything injected', async () => {
    @Injectable()
    class Clock {
      readonly born = 42;
    }
    @StepHandler({ name: 'tell', aliases: ['say'] })
    class Tell {
      runs = 0;
      constructor(private readonly clock: Clock) {}
      process(): unknown {
        return [this.clock.born, ++this.runs];
      }
    }
    Reflect.defineMetadata('design:paramtypes', [Clock], Tell);
    const engine = await start({
      templates: [
        graph('three', { a: [], b: ['a'], c: ['b'] }).step_templates.reduce(
          (template, step, n) => ({
            ...template,
            step_templates: [
              ...template.step_templates,
              { ...step, handler_class: ['tell', 'say', 'Some::Path::Tell'][n]! },
            ],
          }),
          { name: 'three', step_templates: [] as never[] } as never as ReturnType<typeof graph>,
        ),
      ],
      providers: [Clock, Tell],
    });

    const task = await engine.run('three');

    expect(task.view.steps!.map(({ results }) => results)).toEqual([
      [42, 1],
      [42, 2],
      [42, 3],
    ]);
  });
});

describe('handler_config', () => {
  const { start } = engines();
  const SECRET = 'sesame-7f3a';

  beforeEach(() => {
    process.env.ENGINE_TEST_KEY = SECRET;
  });
  afterEach(() => {
    delete process.env.ENGINE_TEST_KEY;
  });

  it('is resolved for the handler, and the secret is nowhere in the database, the answers, the events and the log', async () => {
    let config!: TaskContext;
    const engine = await start({
      templates: [
        single('call', {
          handler_config: {
            url: 'http://x/${ENGINE_TEST_KEY}',
            auth: { key: '${ENGINE_TEST_KEY}', mode: '${ENGINE_TEST_NO:-plain}' },
          },
          default_retry_limit: 1,
        }),
      ],
      handlers: {
        call: (context) => {
          config = context.config;
          throw new Error('down');
        },
      },
    });

    const task = await engine.run('call');

    expect(config).toEqual({ url: `http://x/${SECRET}`, auth: { key: SECRET, mode: 'plain' } });
    expect(Object.isFrozen(config.auth)).toBe(true);
    const stored = await Promise.all(
      ['template', 'template_step', 'task', 'step', 'transition', 'handler', 'worker'].map((table) =>
        engine.sql(`select to_json(t) from ${table} t`),
      ),
    );
    for (const told of [stored, task.view, engine.events, LOG.lines])
      expect(JSON.stringify(told)).not.toContain(SECRET);
  });

  it('that cannot be resolved on this worker fails the step for good, and says which variable', async () => {
    const engine = await start({
      templates: [single('call', { handler_config: { key: '${ENGINE_TEST_KEY}' } })],
      handlers: { call: () => 1 },
    });
    delete process.env.ENGINE_TEST_KEY;

    const task = await engine.run('call');

    expect(task.attempts).toEqual({ only: 1 });
    expect(task.step('only').error).toMatchObject({
      errorCode: 'CONFIG_UNRESOLVED',
      message: expect.stringContaining('ENGINE_TEST_KEY'),
      retryable: false,
    });
  });
});

describe('heartbeat', () => {
  const { start } = engines();

  it('does nothing while the attempt is live', async () => {
    const engine = await start({
      templates: [single('work')],
      handlers: {
        work: async ({ heartbeat }) => {
          await heartbeat();
          return 'alive';
        },
      },
    });

    expect((await engine.run('work')).step('only').results).toBe('alive');
  });

  it('rejects and fires the signal once the attempt is not the live one any more', async () => {
    const gate = new Gate();
    const heard: unknown[] = [];
    const engine = await start({
      templates: [single('work')],
      handlers: {
        work: async (context) => {
          const { signal } = context;
          await gate.pass();
          await context.heartbeat().catch((error: Error) => heard.push(error.name, signal.aborted));
        },
      },
    });
    const { taskId } = await engine.create('work');
    await gate.reached();
    // by hand, so that no notification tells the worker before it asks
    await engine.sql('select * from cancel_task($1, null, null)', [taskId]);
    gate.open();

    await eventually('the handler has asked', () => heard.length > 0);
    expect(heard).toEqual(['AttemptRefusedError', true]);
  });

  it('rejects after a timeout without asking', async () => {
    const heard: unknown[] = [];
    const engine = await start({
      templates: [single('work', { timeout_seconds: 0.02, default_retry_limit: 1 })],
      handlers: {
        work: async (context) => {
          await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
          await context.heartbeat().catch((error: Error) => heard.push(error.message));
        },
      },
    });

    await engine.run('work');
    await eventually('it was rejected', () => heard.length === 1);
    expect(heard).toEqual([expect.stringContaining('no longer the live one')]);
  });
});
