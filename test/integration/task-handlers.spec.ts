import { Injectable } from '@nestjs/common';
import {
  PermanentError,
  Registries,
  TaskerError,
  TaskHandler,
  TaskHandlerRegistry,
  type JsonObject,
  type RequestWith,
  type StepView,
  type TaskDefinition,
  type TaskHandlerContract,
  type TaskRequest,
  type TaskView,
} from '../../src/index.js';
import { engines, eventually, Gate, LOG, requestFor, single, SOON, type Engine } from '../support/engine.js';

interface Order {
  items: number[];
  total?: number;
}

let diary: string[];
beforeEach(() => void (diary = []));

@Injectable()
class Prices {
  of(items: readonly number[]): Promise<number> {
    return Promise.resolve(items.reduce((sum, item) => sum + item, 0));
  }
}

@TaskHandler({ name: 'checkout', namespace: 'shop', version: '1.2.0' })
class CheckoutTask implements TaskHandlerContract<never> {
  constructor(private readonly prices: Prices) {}

  defineSteps(): TaskDefinition {
    return {
      description: 'Charges a cart',
      schema: { type: 'object', required: ['items', 'total'], properties: { total: { type: 'number', maximum: 100 } } },
      step_templates: [
        { name: 'charge', handler_class: 'charge', default_retry_limit: 1 },
        { name: 'ship', handler_class: 'ship', depends_on_step: 'charge' },
      ],
    };
  }

  async beforeInitialize(request: RequestWith<Order>): Promise<void> {
    const { context } = request;
    if (context.items.length === 0) {
      throw new PermanentError('An empty cart cannot be checked out.', { errorCode: 'EMPTY_CART' });
    }
    if (context.items.includes(13)) {
      throw new TaskerError('request_invalid', 'No thirteen.', [{ path: 'context.items', message: 'holds 13' }]);
    }
    if (context.items.includes(0)) throw new RangeError('nothing costs nothing');
    context.total = await this.prices.of(context.items);
    request.tags = [...(request.tags ?? []), 'priced'];
    diary.push(`priced ${context.total}`);
  }

  annotate(task: TaskView, steps: readonly StepView[]): JsonObject {
    return { status: task.status, steps: Object.fromEntries(steps.map(({ name, status }) => [name, status])) };
  }

  onComplete(task: TaskView): void {
    diary.push(`complete ${task.context.total as number} ${JSON.stringify(task.annotations)}`);
  }

  onError(task: TaskView): void {
    diary.push(`error ${task.steps!.find(({ name }) => name === 'charge')!.error!.message}`);
  }
}

const handlers = {
  charge: ({ task }: { task: { context: JsonObject } }) => {
    if (task.context.total === 66) throw new PermanentError('declined');
    return 'charged';
  },
  ship: () => 'shipped',
};

const request = (items: number[], changes: Partial<TaskRequest> = {}): TaskRequest => ({
  ...requestFor('checkout'),
  namespace: 'shop',
  context: { items },
  ...changes,
});

const { start, make, beside } = engines();
const shop = () => start({ handlers, providers: [Prices, CheckoutTask] });

describe('a task handler', () => {
  it('defines a template in code, prices the request, and hears of its end', async () => {
    const engine = await shop();
    const created = await engine.client.createTask(request([20, 22]));
    expect(created).toMatchObject({
      fullName: 'shop.checkout@1.2.0',
      context: { items: [20, 22], total: 42 },
      tags: ['priced'],
    });
    expect(created.annotations).toBeNull();
    await engine.finished(created.taskId);
    const annotations = { status: 'complete', steps: { charge: 'complete', ship: 'complete' } };
    await eventually('it has heard', () => diary.length === 2);
    expect(diary).toEqual(['priced 42', `complete 42 ${JSON.stringify(annotations)}`]);
    expect((await engine.client.getTask(created.taskId)).annotations).toEqual(annotations);
    expect((await engine.client.listTasks()).tasks[0]!.annotations).toEqual(annotations);
  });

  it('hears of an error, with its steps', async () => {
    const engine = await shop();
    const { taskId } = await engine.client.createTask(request([60, 6]));
    expect((await engine.finished(taskId)).status).toBe('error');
    await eventually('it has heard', () => diary.length === 2);
    expect(diary[1]).toBe('error declined');
    expect((await engine.client.getTask(taskId)).annotations).toMatchObject({ status: 'error' });
  });

  it('is not asked again about a request that created a task before', async () => {
    const engine = await shop();
    const keyed = request([7], { idempotencyKey: 'cart-7' });
    const first = await engine.client.submit(keyed);
    const again = await engine.client.submit(keyed);
    expect(again).toMatchObject({ replayed: true, task: { taskId: first.task.taskId, context: { total: 7 } } });
    expect(await engine.client.createTasks([keyed, request([1])])).toMatchObject([
      { replayed: true },
      { replayed: false },
    ]);
    await expect(engine.client.createTask({ ...keyed, context: { items: [] } })).rejects.toMatchObject({
      code: 'idempotency_conflict',
    });
    expect(diary.filter((line) => line.startsWith('priced'))).toEqual(['priced 7', 'priced 1']);
  });

  it('that spoils a request is told of as a fault of the program', async () => {
    @TaskHandler({ name: 'plain' })
    class Spoils {
      beforeInitialize(asked: TaskRequest): TaskRequest {
        if (asked.reason === 'rename') return { ...asked, name: 'other' };
        return { ...asked, bypassSteps: ['nowhere'] };
      }
    }
    const engine = await start({ templates: [single('plain')], handlers: { plain: () => 1 }, providers: [Spoils] });
    await expect(engine.create('plain')).rejects.toMatchObject({
      code: 'handler_invalid',
      findings: [{ path: 'bypassSteps[0]' }],
    });
    await expect(engine.create('plain', { reason: 'rename' })).rejects.toThrow(
      'Spoils.beforeInitialize must not change name of a request for default.plain@0.1.0.',
    );
  });

  it('fails alone: hooks that throw are logged, and the others are called', async () => {
    @TaskHandler({ name: 'plain' })
    class Throws {
      annotate(): never {
        throw new Error('no annotations today');
      }
      onComplete(): Promise<never> {
        diary.push('complete');
        return Promise.reject(new Error('no mail today'));
      }
    }
    const engine = await start({ templates: [single('plain')], handlers: { plain: () => 1 }, providers: [Throws] });
    const task = await engine.run('plain');
    expect(task.status).toBe('complete');
    await eventually('both are logged', () => LOG.lines.filter((line) => line.includes('Throws')).length === 2);
    expect(LOG.lines.join('\n')).toContain(
      `Throws.annotate failed for task ${task.taskId}: Error: no annotations today`,
    );
    expect(LOG.lines.join('\n')).toContain(`Throws.onComplete failed for task ${task.taskId}: Error: no mail today`);
    expect(diary).toEqual(['complete']);
  });

  it.each([
    ['a list', [1], 'must answer an object'],
    ['too much', { text: 'x'.repeat(2_000) }, /the annotations are \d+ bytes of JSON; at most 1000 are stored/],
  ])('may not annotate with %s', async (_what, annotations, message) => {
    @TaskHandler({ name: 'plain' })
    class Annotates {
      annotate(): never {
        return annotations as never;
      }
    }
    const engine = await start({
      templates: [single('plain')],
      handlers: { plain: () => 1 },
      providers: [Annotates],
      worker: { maxResultBytes: 1_000 },
    });
    const { taskId } = await engine.run('plain');
    await eventually('it is said', () => LOG.lines.some((line) => line.includes('Annotates.annotate failed')));
    expect(LOG.lines.join('\n')).toMatch(message);
    expect((await engine.client.getTask(taskId)).annotations).toBeNull();
  });

  it('may annotate with any text', async () => {
    @TaskHandler({ name: 'plain' })
    class Annotates {
      annotate(): JsonObject {
        return { nul: 'a\u0000b', half: '\ud800' };
      }
    }
    const engine = await start({ templates: [single('plain')], handlers: { plain: () => 1 }, providers: [Annotates] });
    const { taskId } = await engine.run('plain');
    await eventually('it is stored', async () => (await engine.client.getTask(taskId)).annotations !== null);
    expect((await engine.client.getTask(taskId)).annotations).toEqual({ nul: 'a\ufffdb', half: '\ufffd' });
  });

  it('annotates an encrypted task in cipher', async () => {
    @TaskHandler({ name: 'plain' })
    class Annotates {
      annotate({ context }: TaskView): JsonObject {
        return { seen: context.card! };
      }
    }
    const security = { encryption: { enabled: true, algorithm: 'aes-256-gcm' as const } };
    const engine = await start({
      templates: [single('plain', {}, { security })],
      handlers: { plain: () => 1 },
      providers: [Annotates],
      tasker: { encryption: { keys: `mine=${'a1'.repeat(32)}` } },
    });
    const { taskId } = await engine.run('plain', { context: { card: '4242' } });
    await eventually('it is stored', async () => (await engine.client.getTask(taskId)).annotations !== null);
    expect((await engine.client.getTask(taskId)).annotations).toEqual({ seen: '4242' });
    const [stored] = await engine.sql('select annotations::text from task');
    expect(stored!.annotations).not.toContain('4242');
  });

  it('annotates a task that is cancelled, which no other hook hears of', async () => {
    const gate = new Gate();
    const engine = await start({ handlers: { ...handlers, charge: gate.pass }, providers: [Prices, CheckoutTask] });
    const { taskId } = await engine.client.createTask(request([1]));
    await gate.reached();
    await engine.client.cancelTask(taskId);
    gate.open();
    await eventually('it is annotated', async () => (await engine.client.getTask(taskId)).annotations !== null);
    expect((await engine.client.getTask(taskId)).annotations).toMatchObject({ status: 'cancelled' });
    expect(diary).toEqual(['priced 1']);
  });

  it('is heard out before the process ends', async () => {
    const gate = new Gate();
    @TaskHandler({ name: 'plain' })
    class Slow {
      async onComplete(): Promise<void> {
        await gate.pass();
        diary.push('complete');
      }
    }
    const engine = await start({ templates: [single('plain')], handlers: { plain: () => 1 }, providers: [Slow] });
    await engine.run('plain');
    await gate.reached();
    const stopping = engine.stop();
    gate.open();
    await stopping;
    expect(diary).toEqual(['complete']);
  });

  it('is called once per fact, in the process that committed it', async () => {
    const creator = await start({ handlers, providers: [Prices, CheckoutTask], roles: ['api'] });
    await beside(creator, { handlers, providers: [Prices, CheckoutTask], roles: ['worker'] });
    await beside(creator, { handlers, providers: [Prices, CheckoutTask], roles: ['worker'] });
    const created = await Promise.all([1, 2, 3, 4].map((item) => creator.client.createTask(request([item]))));
    await Promise.all(created.map(({ taskId }) => creator.finished(taskId)));
    await eventually('all are heard of', () => diary.filter((line) => line.startsWith('complete')).length >= 4);
    expect(diary.filter((line) => line.startsWith('complete'))).toHaveLength(4);
  });
});

describe('a task handler that refuses', () => {
  const shared = engines('afterAll');
  let engine: Engine;
  beforeAll(async () => {
    engine = await shared.start({ handlers, providers: [Prices, CheckoutTask] });
  });

  it.each([
    [[], 'task_refused', 'An empty cart cannot be checked out.', []],
    [[13], 'task_refused', 'No thirteen.', [{ path: 'context.items', message: 'holds 13' }]],
    [[99, 2], 'context_invalid', expect.stringContaining('must be <= 100'), [expect.anything()]],
    [[0], undefined, 'CheckoutTask.beforeInitialize failed: nothing costs nothing', undefined],
  ])('refuses a request for %j before anything is stored', async (items, code, message, findings) => {
    const before = (await engine.client.listTasks()).tasks.length;
    const error = await engine.client.createTask(request(items)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message, ...(code && { code, findings }) });
    expect((await engine.client.listTasks()).tasks).toHaveLength(before);
  });

  it('answers one request of many with its refusal', async () => {
    const answers = await engine.client.createTasks([request([1]), request([]), request([2])]);
    expect(answers).toMatchObject([
      { task: { context: { total: 1 } } },
      { error: { code: 'task_refused' } },
      { task: { context: { total: 2 } } },
    ]);
  });

  it('is found by the registries under its class', () => {
    expect(engine.get(TaskHandlerRegistry).list()).toMatchObject([
      { namespace: 'shop', name: 'checkout', version: '1.2.0', className: 'CheckoutTask' },
    ]);
    expect(engine.get(TaskHandlerRegistry).has('CheckoutTask')).toBe(true);
  });
});

describe('the task handler of a template', () => {
  const hook = (name: string): object => ({ onComplete: () => void diary.push(name) });
  const template = (version: string, taskHandler?: string) =>
    single('plain', {}, { version, ...(taskHandler ? { task_handler_class: taskHandler } : {}) });

  it('is the class that it names, else the one of its version, else the one of every version', async () => {
    class ByClass {
      onComplete = (): unknown => diary.push('by class');
    }
    const engine = await start({
      templates: [template('1.0.0'), template('2.0.0'), template('3.0.0', 'Shop::ByClass')],
      handlers: { plain: () => 1 },
    });
    const registry = engine.get(TaskHandlerRegistry);
    registry.register(hook('any'), { name: 'plain' });
    registry.register(hook('two'), { name: 'plain', version: '2.0.0' });
    registry.register(new ByClass(), { name: 'elsewhere' });
    for (const version of ['1.0.0', '2.0.0', '3.0.0']) {
      await engine.run('plain', { version });
      const heard = diary.length;
      await eventually('it is heard of', () => diary.length > heard - 1 && diary.length > 0);
    }
    await eventually('all are heard of', () => diary.length === 3);
    expect(diary.sort()).toEqual(['any', 'by class', 'two']);
  });

  it('is registered like other handlers: conflicts, replacing, log, figures', async () => {
    const engine = await start({ templates: [template('1.0.0')], handlers: { plain: () => 1 } });
    const registry = engine.get(TaskHandlerRegistry);
    registry.register(hook('first'), { name: 'plain', namespace: 'shop', version: '1.0.0' });
    const second = { name: 'plain', namespace: 'shop', version: '1.0.0' };
    expect(() => registry.register(hook('second'), second)).toThrow(
      /Two task handlers belong to shop\.plain@1\.0\.0.*\{ replace: true \}/,
    );
    registry.register(hook('second'), second, { replace: true });
    expect(() => registry.register({ onCompleted: () => 1 } as never, { name: 'x' })).toThrow(
      "Handler validation failed: Object implements none of what it needs one of: [defineSteps, beforeInitialize, onComplete, onError, annotate]. Suggestion: Add defineSteps() for a template in code, or one of the hooks. Did you mean 'onComplete' where it says 'onCompleted'?",
    );
    expect(engine.get(Registries).get('task_handlers')!.stats()).toMatchObject({ total: 1, thread_safe: true });
    expect(registry.unregister(second)).toBe(true);
  });

  it('that no template has is told of when the application starts', async () => {
    @TaskHandler({ name: 'plian' })
    class Misspelt {
      onComplete(): void {}
    }
    await start({ templates: [template('1.0.0')], handlers: { plain: () => 1 }, providers: [Misspelt] });
    expect(LOG.lines.join('\n')).toContain(
      'warn The task handler Misspelt has no template here: none is default.plian@*, nor names it in ' +
        'task_handler_class. Did you mean "default.plain"?',
    );
  });
});

describe('a template in code', () => {
  it('is proven as YAML is, under the name of its method', async () => {
    @TaskHandler({ name: 'bad', version: '1.0' })
    class BadVersion {
      defineSteps(): TaskDefinition {
        return [];
      }
    }
    await expect((await make({ providers: [BadVersion] })).start()).rejects.toThrow(
      '@TaskHandler of BadVersion: version must be a full semantic version such as 1.0.0.',
    );

    @TaskHandler({ name: 'bad' })
    class BadSteps {
      defineSteps(): TaskDefinition {
        return [{ name: 'a', handler_class: 'plan', depends_on_step: 'a', retry_backoff: SOON }];
      }
    }
    @TaskHandler({ name: 'other', version: '2.0.0' })
    class SaysTwice {
      defineSteps(): TaskDefinition {
        return { version: '2.1.0', step_templates: [{ name: 'a', handler_class: 'plain' }] } as never;
      }
    }
    @TaskHandler({ name: 'third' })
    class Throws {
      defineSteps(): never {
        throw new Error('no steps today');
      }
    }
    const engine = await make({ handlers: { plain: () => 1 }, providers: [BadSteps, SaysTwice, Throws] });
    const error: TaskerError = await engine.start().then(
      () => null as never,
      (thrown: TaskerError) => thrown,
    );
    expect(error.findings.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      'SaysTwice.defineSteps(): says version "2.1.0", and @TaskHandler says "2.0.0": say it there alone',
      'Throws.defineSteps(): threw Error: no steps today',
      expect.stringMatching(
        /^BadSteps\.defineSteps\(\): step_templates\[0\]\.handler_class: there is no step handler "plan"/,
      ),
      expect.stringMatching(/^BadSteps\.defineSteps\(\): step_templates\[0\]\.depends_on_step: /),
    ]);
  });
});
