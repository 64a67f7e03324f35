import type { TaskerError } from '../../src/core/errors.js';
import type { JsonObject } from '../../src/core/json.js';
import type { TaskRequest } from '../../src/client/task-request.js';
import { HandWorker, request, startClient } from '../support/client-parts.js';

let parts: Awaited<ReturnType<typeof startClient>>;
beforeAll(async () => {
  parts = await startClient([
    {
      namespace: 'shop',
      name: 'checked',
      version: '1.0.0',
      schema: {
        type: 'object',
        required: ['cart_id'],
        properties: { cart_id: { type: 'integer' }, currency: { default: 'EUR' } },
        additionalProperties: false,
      },
      step_templates: [{ name: 'only', handler_class: 'Work' }],
    },
    {
      namespace: 'shop',
      name: 'diamond',
      version: '1.0.0',
      step_templates: [
        { name: 'a', handler_class: 'Work' },
        { name: 'b', handler_class: 'Work', depends_on_steps: ['a'] },
        { name: 'c', handler_class: 'Work', depends_on_steps: ['a'] },
        { name: 'd', handler_class: 'Work', depends_on_steps: ['b', 'c'] },
      ],
    },
    { namespace: 'shop', name: 'diamond', version: '1.10.0', step_templates: [{ name: 'a', handler_class: 'Work' }] },
    { namespace: 'shop', name: 'diamond', version: '1.9.0', step_templates: [{ name: 'a', handler_class: 'Work' }] },
  ]);
});
afterAll(() => parts.end());

const refusal = async (promise: Promise<unknown>): Promise<TaskerError> =>
  promise.then(
    () => {
      throw new Error('was not refused');
    },
    (error: TaskerError) => error,
  );
const pathsOf = async (bad: unknown): Promise<string[]> => {
  const error = await refusal(parts.client.createTask(bad as TaskRequest));
  expect(error.code).toBe('request_invalid');
  return error.findings.map(({ path }) => path);
};
const counts = async (): Promise<unknown> =>
  (
    await parts.rows(`select (select count(*) from tasker.task) as tasks, (select count(*) from tasker.step) as steps,
      (select count(*) from tasker.transition) as moves, (select count(*) from tasker.idempotency_key) as keys`)
  )[0];

describe('createTask', () => {
  it('answers what a read of the task answers', async () => {
    const { bypassSteps, ...fields } = request({
      version: '1.0.0',
      tags: ['vip', 'eu'],
      priority: 7,
      correlationId: 'order-7',
      idempotencyKey: 'all-fields',
      runAt: new Date(Date.now() - 1000),
      bypassSteps: ['b'],
    });
    const task = await parts.client.createTask({ ...fields, bypassSteps });
    expect(task).toMatchObject({
      ...fields,
      status: 'pending',
      stepCounts: { ready: 1, pending: 3 },
    });
    expect(await parts.client.getTask(task.taskId)).toEqual(task);
  });

  it('answers what a read answers also of a task that is due later', async () => {
    const task = await parts.client.createTask(request({ runAt: new Date(Date.now() + 3_600_000) }));
    expect(task.executionStatus).toBe('waiting_for_retry');
    expect(await parts.client.getTask(task.taskId)).toEqual(task);
  });

  it('takes the highest version where none is named', async () => {
    expect((await parts.client.createTask(request())).version).toBe('1.10.0');
  });

  it('publishes that the task was asked for, once it is stored', async () => {
    const heard: string[] = [];
    const stop = parts.events.on('task.initialize_requested', ({ task_id }) => heard.push(task_id));
    const { taskId } = await parts.client.createTask(request());
    stop();
    expect(heard).toEqual([taskId]);
  });

  it('tells everything that is wrong with a request at once', async () => {
    const bad = {
      ...request(),
      initiator: ' ',
      reason: 'x'.repeat(4001),
      sourceSystem: undefined,
      tags: ['ok', '', 5],
      priority: 101,
      runAt: new Date(NaN),
      idempotencyKey: '',
      correlationId: 'x'.repeat(256),
      bypassSteps: ['a', 'bb'],
      context: { a: '\u0000' },
      contxt: {},
    };
    expect((await pathsOf(bad)).sort()).toEqual(
      [
        ...['initiator', 'reason', 'sourceSystem', 'tags[1]', 'tags[2]', 'priority', 'runAt', 'idempotencyKey'],
        ...['correlationId', 'bypassSteps[1]', 'context.a', 'contxt'],
      ].sort(),
    );
  });

  it.each(['name', 'namespace', 'version', 'initiator', 'reason', 'sourceSystem', 'correlationId', 'idempotencyKey'])(
    'refuses a NUL character in %s',
    async (field) => expect(await pathsOf({ ...request(), [field]: 'a\u0000b' })).toEqual([field]),
  );

  it.each([null, undefined, 'text', 5, []])('refuses %p as a request', async (bad) =>
    expect(await pathsOf(bad)).toEqual(['request']),
  );

  it.each([null, [], 'text', new Date(), new Map()])('refuses %p as a context', async (context) =>
    expect(await pathsOf({ ...request(), context })).toEqual(['context']),
  );

  it('writes nothing for a request that it refuses', async () => {
    const before = await counts();
    await refusal(parts.client.createTask(request({ idempotencyKey: 'refused', priority: 1000 })));
    await refusal(parts.client.createTask(request({ idempotencyKey: 'refused', name: 'checked', context: {} })));
    expect(await counts()).toEqual(before);
  });

  it('suggests the template that was probably meant', async () => {
    const error = await refusal(parts.client.createTask(request({ name: 'diamnod' })));
    expect(error.code).toBe('template_not_found');
    expect(error.message).toContain('Did you mean "diamond"?');
  });

  it('says which namespace has the template', async () => {
    const error = await refusal(parts.client.createTask(request({ namespace: undefined })));
    expect(error.message).toContain('The namespace "shop" has one of that name.');
  });

  it('says which versions there are', async () => {
    const error = await refusal(parts.client.createTask(request({ version: '2.0.0' })));
    expect(error.message).toContain('1.10.0, 1.9.0, 1.0.0');
  });

  it('tells every violation of the schema with its path', async () => {
    const error = await refusal(
      parts.client.createTask(request({ name: 'checked', context: { currency: 1, extra: 1 } })),
    );
    expect(error.code).toBe('context_invalid');
    expect(error.findings.map(({ path }) => path).sort()).toEqual(['context.cart_id', 'context.extra']);
  });

  it('stores the schema’s defaults, and leaves the caller’s object as it was', async () => {
    const context = { cart_id: 1 };
    const task = await parts.client.createTask(request({ name: 'checked', context }));
    expect(task.context).toEqual({ cart_id: 1, currency: 'EUR' });
    expect((await parts.client.getTask(task.taskId)).context).toEqual(task.context);
    expect(context).toEqual({ cart_id: 1 });
  });

  it('answers a context that later changes of the caller’s object do not reach', async () => {
    const context: JsonObject = { list: [1] };
    const task = await parts.client.createTask(request({ context }));
    (context.list as number[]).push(2);
    expect(task.context).toEqual({ list: [1] });
  });

  it('drops a trace context that cannot be read, and keeps one that can', async () => {
    const good = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const ids = await Promise.all(
      [good, 'nonsense'].map(async (traceparent) => (await parts.client.createTask(request({ traceparent }))).taskId),
    );
    const rows = await parts.rows('select traceparent from tasker.task where id = any ($1) order by id', [ids]);
    expect(rows).toEqual([{ traceparent: good }, { traceparent: null }]);
  });
});

describe('a hostile context', () => {
  const kept: [string, string][] = [
    ['__proto__ as a key', '{"__proto__": {"polluted": true}, "constructor": {"prototype": 1}}'],
    ['nesting at the limit', '{"a":'.repeat(99) + '{}' + '}'.repeat(99)],
    ['a text of a megabyte', JSON.stringify({ big: 'ä'.repeat(500_000) })],
    ['the largest and smallest numbers', '{"a": 1.7976931348623157e308, "b": 5e-324, "c": -9007199254740991}'],
    ['SQL and JSON syntax', `{"'; drop table task; --": "\\"}],[{\\\\ $1 \${x}"}`],
    ['characters beyond the basic plane, and controls', '{"\u{1F600}\\u0001\\u2028": "\\t\\u001f\u{10FFFF}"}'],
    ['an empty key', '{"": {"": null}}'],
  ];
  it.each(kept)('is kept as it is: %s', async (_, json) => {
    const context = JSON.parse(json) as JsonObject;
    const { taskId } = await parts.client.createTask(request({ context }));
    const read = (await parts.client.getTask(taskId)).context;
    expect(read).toEqual(context);
    expect(Object.keys(read).sort()).toEqual(Object.keys(context).sort());
    expect(({} as JsonObject).polluted).toBeUndefined();
  });

  const refused: [string, unknown][] = [
    ['1e400, which JavaScript reads as infinity', JSON.parse('{"a": 1e400}')],
    ['half a surrogate pair', JSON.parse('{"a": "\\ud800"}')],
    ['half a surrogate pair in a key', JSON.parse('{"\\udfff": 1}')],
    ['a NUL character', JSON.parse('{"a": "\\u0000"}')],
    ['a NUL character in a key', JSON.parse('{"\\u0000": 1}')],
    ['nesting without measure', JSON.parse('{"a":'.repeat(5000) + '1' + '}'.repeat(5000))],
    ['a function', { a: () => 1 }],
    ['a big integer', { a: 10n }],
  ];
  it.each(refused)('is refused: %s', async (_, context) => {
    expect(await pathsOf({ ...request(), context })).toHaveLength(1);
  });
});

describe('createTasks', () => {
  it('answers each request in its place; a bad one does not spoil the others', async () => {
    const answers = await parts.client.createTasks([
      request({ tags: ['bulk-1'] }),
      request({ name: 'nothing' }),
      request({ idempotencyKey: 'bulk' }),
      request({ idempotencyKey: 'bulk' }),
      request({ idempotencyKey: 'bulk', priority: 1 }),
      request({ priority: 0.5 }),
      request({ tags: ['bulk-2'] }),
    ]);
    const shown = answers.map((one) => ('error' in one ? one.error.code : one.replayed));
    expect(shown).toEqual([false, 'template_not_found', false, true, 'idempotency_conflict', 'request_invalid', false]);
    const [first, again] = [answers[2]!, answers[3]!].map((one) => ('task' in one ? one.task.taskId : null));
    expect(again).toBe(first);
  });

  it('creates a thousand in one transaction', async () => {
    const answers = await parts.client.createTasks(Array.from({ length: 1000 }, (_, n) => request({ context: { n } })));
    const tasks = answers.map((one) => ('task' in one ? one.task : null));
    expect(tasks.map((task) => task?.context.n)).toEqual(Array.from({ length: 1000 }, (_, n) => n));
    expect(new Set(tasks.map((task) => task?.createdAt.getTime())).size).toBe(1);
  });

  it('refuses more than a thousand', async () => {
    const error = await refusal(parts.client.createTasks(Array.from({ length: 1001 }, () => request())));
    expect(error.code).toBe('request_invalid');
  });

  it('answers nothing to nothing', async () => expect(await parts.client.createTasks([])).toEqual([]));
});

describe('a batch in which the database refuses one task', () => {
  beforeAll(() => parts.rows(`alter table tasker.task add constraint nobody check (initiator <> 'nobody')`));
  afterAll(() => parts.rows('alter table tasker.task drop constraint nobody'));

  it('fails that one alone where many callers share the transaction', async () => {
    const callers = Array.from({ length: 20 }, (_, n) => request(n === 7 ? { initiator: 'nobody' } : {}));
    const outcomes = await Promise.allSettled(callers.map((one) => parts.client.createTask(one)));
    expect(outcomes.flatMap(({ status }, n) => (status === 'rejected' ? [n] : []))).toEqual([7]);
    expect((outcomes[7] as PromiseRejectedResult).reason).toMatchObject({ code: 'request_invalid' });
  });

  it('fails that one alone in createTasks, and leaves nothing of it, its key included', async () => {
    const before = (await counts()) as { tasks: string; keys: string };
    const answers = await parts.client.createTasks([
      request({ idempotencyKey: 'z' }),
      request({ initiator: 'nobody', idempotencyKey: 'y' }),
      request({ idempotencyKey: 'x' }),
    ]);
    expect(answers.map((one) => 'error' in one)).toEqual([false, true, false]);
    const after = (await counts()) as { tasks: string; keys: string };
    expect([Number(after.tasks) - Number(before.tasks), Number(after.keys) - Number(before.keys)]).toEqual([2, 2]);
  });
});

describe('bypassed steps', () => {
  it('are skipped when their turn comes, and are no attempt', async () => {
    const worker = await HandWorker.start(parts.database);
    await worker.runAll();
    const { taskId } = await parts.client.createTask(request({ version: '1.0.0', bypassSteps: ['b', 'b'] }));
    const [a] = await worker.claim();
    await worker.complete(a!);
    const [b, c] = await worker.claim();
    await worker.bypass(b!);
    await worker.complete(c!);
    const [d] = await worker.claim();
    await worker.complete(d!);
    const task = await parts.client.getTask(taskId, { include: ['attempts'] });
    expect(task).toMatchObject({
      status: 'complete',
      completionPercentage: 100,
      stepCounts: { complete: 3, skipped: 1 },
    });
    expect(task.steps![1]).toMatchObject({ name: 'b', status: 'skipped', attempts: 0, attemptHistory: [] });
  });
});
