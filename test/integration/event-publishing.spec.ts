import { PermanentError, CustomEvent, EventBus, EventCatalog, type TemplateDefinition } from '../../src/index.js';
import { aborted, engines, eventually, Gate, graph, LOG, single, SOON, type Engine } from '../support/engine.js';
import { SqlEngine } from '../support/sql-engine.js';

const { start, beside } = engines();

const PLACED = {
  name: 'order.placed',
  description: 'A customer has ordered.',
  payload_schema: {
    type: 'object',
    required: ['order_id'],
    properties: { order_id: { type: 'integer' }, currency: { type: 'string', default: 'EUR' } },
    additionalProperties: false,
  },
};

const shop = (name: string, changes: Partial<TemplateDefinition> = {}): TemplateDefinition =>
  single(
    name,
    { default_retry_limit: 2 },
    { namespace: 'shop', custom_events: [PLACED, { name: 'noted' }], ...changes },
  );

const stored = (engine: Engine): Promise<{ name: string; position: number; payload: unknown; attempt: number }[]> =>
  engine.sql('select name, position, payload, attempt from custom_event order by task_id, step_no, attempt, position');

/** Of the application's own events. */
const heard = (engine: Engine): string[] =>
  engine.events.map(({ event }) => event).filter((event) => /^(order|shop)\./.test(event));

describe('what a handler publishes', () => {
  it('comes once, after the commit, in order, before the events of the outcome, with the facts of the attempt', async () => {
    const rows: Promise<unknown[]>[] = [];
    const engine: Engine = await start({
      templates: [shop('order')],
      handlers: {
        order: ({ publish, task, step }) => {
          const payload = { order_id: 17 };
          publish('order.placed', payload);
          payload.order_id = 18;
          publish('noted');
          expect(heard(engine)).toEqual([]);
          return { task: task.taskId, step: step.name };
        },
      },
      onEvent: ({ event }) => void (event === 'order.placed' && rows.push(stored(engine))),
    });
    const task = await engine.run('order', { namespace: 'shop', correlationId: 'c-1' });

    expect(engine.allEventsOf(task.taskId, 'only')).toEqual([
      'step.execution_requested',
      'step.started',
      'order.placed',
      'shop.noted',
      'step.completed',
    ]);
    expect(engine.events.find(({ event }) => event === 'order.placed')).toEqual({
      event: 'order.placed',
      timestamp: expect.stringMatching(/Z$/),
      task_id: task.taskId,
      task_name: 'order',
      namespace: 'shop',
      version: '0.1.0',
      correlation_id: 'c-1',
      step_id: task.step('only').stepId,
      step_name: 'only',
      attempt: 1,
      retry_limit: 2,
      order_id: 17,
      currency: 'EUR',
    });
    expect((await rows[0]!).length).toBe(2);
    expect(await stored(engine)).toEqual([
      { name: 'order.placed', position: 0, payload: { order_id: 17, currency: 'EUR' }, attempt: 1 },
      { name: 'shop.noted', position: 1, payload: {}, attempt: 1 },
    ]);
  });

  it('comes with each attempt, failures too, and with the skip of a step', async () => {
    const engine = await start({
      templates: [shop('order', { step_templates: [] as never }), shop('lenient')].map((template, n) => ({
        ...template,
        step_templates: [
          { name: 'only', handler_class: 'work', retry_backoff: SOON, default_retry_limit: 2, skippable: n === 1 },
        ],
      })),
      handlers: {
        work: ({ publish, step }) => {
          publish('order.placed', { order_id: step.attempt });
          throw new Error('no');
        },
      },
    });
    const failed = await engine.run('order', { namespace: 'shop' });
    await eventually('the task has failed', () => engine.eventsOf(failed.taskId).includes('task.failed'));
    expect(engine.eventsOf(failed.taskId, 'only')).toEqual([
      'step.started',
      'order.placed',
      'step.retry_scheduled',
      'step.started',
      'order.placed',
      'step.failed',
    ]);
    const skipped = await engine.run('lenient', { namespace: 'shop' });
    expect(engine.eventsOf(skipped.taskId, 'only').slice(-2)).toEqual(['order.placed', 'step.skipped']);
    expect((await stored(engine)).map(({ attempt }) => attempt)).toEqual([1, 2, 1, 2]);
  });

  it('comes before what follows from it in the audit', async () => {
    const engine = await start({
      templates: [shop('order')],
      handlers: {
        order: ({ publish, step }) => {
          publish('order.placed', { order_id: 1 });
          if (step.attempt === 1) throw new Error('again');
        },
      },
    });
    await engine.run('order', { namespace: 'shop' });
    const rows = await engine.sql<{ what: string }>(
      `select what from (
         select audit_no, name as what from custom_event
         union all select audit_no, cause::text from transition where cause in ('failed', 'succeeded')
       ) x order by audit_no`,
    );
    // the step's success, then the task's
    expect(rows.map(({ what }) => what)).toEqual(['order.placed', 'failed', 'order.placed', 'succeeded', 'succeeded']);
  });

  it('is never seen of an attempt that is refused, released or lost', async () => {
    const gate = new Gate();
    const template = shop('order');
    const api = await start({ templates: [template], roles: ['api'] });
    const engine = await beside(api, {
      templates: [template],
      handlers: {
        order: async ({ publish, step, signal }) => {
          publish('order.placed', { order_id: step.attempt });
          if (step.attempt > 1) return;
          await Promise.race([gate.pass(), aborted(signal)]);
        },
      },
    });
    const refused = await api.create('order', { namespace: 'shop' });
    await gate.reached();
    await api.client.cancelTask(refused.taskId);
    gate.open();
    await eventually('it is refused', async () =>
      (await api.look(refused.taskId)).outcomes('only').includes('refused'),
    );

    const closed = new Gate();
    await engine.restart({
      handlers: {
        order: async ({ publish, step }) => {
          publish('order.placed', { order_id: step.attempt });
          if (step.attempt === 1) await closed.pass();
        },
      },
    });
    const released = await api.create('order', { namespace: 'shop' });
    await closed.reached();
    await engine.restart();
    await engine.finished(released.taskId);
    expect((await stored(api)).map(({ attempt }) => attempt)).toEqual([2]);
    closed.open();
  });

  it('is never seen of a worker that was taken for dead', async () => {
    const gate = new Gate();
    const engine = await start({
      templates: [shop('order')],
      handlers: {
        order: async ({ publish, step }) => {
          publish('order.placed', { order_id: step.attempt });
          if (step.attempt === 1) await gate.pass();
        },
      },
    });
    const { taskId } = await engine.create('order', { namespace: 'shop' });
    await gate.reached();
    const sql = await SqlEngine.beside(engine);
    await engine.sql(`update worker set state = 'lost', stopped_at = now()`);
    await engine.sql('select * from rescue_workers(600000, 3, $1)', ['lost']);
    await sql.stop();
    await engine.finished(taskId);
    gate.open();
    await eventually('the late result is refused', async () =>
      (await engine.look(taskId)).outcomes('only').includes('refused'),
    );
    expect((await stored(engine)).map(({ attempt }) => attempt)).toEqual([2]);
    expect(heard(engine)).toEqual(['order.placed']);
  });

  it('commits with the rows of the handler, and goes with them', async () => {
    const engine = await start({
      templates: [shop('order')],
      handlers: {
        order: async ({ publish, step, transaction }) => {
          publish('noted', { attempt: step.attempt });
          const value = await transaction(async () => {
            publish('order.placed', { order_id: step.attempt });
            if (step.attempt === 1) throw new Error('roll back');
            return step.attempt;
          });
          expect(() => publish('noted')).toThrow(/no longer the live one/);
          return value;
        },
      },
    });
    const task = await engine.run('order', { namespace: 'shop' });
    expect(engine.eventsOf(task.taskId, 'only')).toEqual([
      'step.started',
      'shop.noted',
      'step.retry_scheduled',
      'step.started',
      'shop.noted',
      'order.placed',
      'step.completed',
    ]);
    expect((await stored(engine)).map(({ name, attempt }) => `${name} ${attempt}`)).toEqual([
      'shop.noted 1',
      'shop.noted 2',
      'order.placed 2',
    ]);
  });

  it.each([
    ['an event that is not declared', 'order.plcaed', {}, 'EVENT_UNDECLARED', /Did you mean "order.placed"/],
    ["one of the system's", 'task.completed', {}, 'EVENT_UNDECLARED', /is the system's own/],
    [
      'what is not as declared',
      'order.placed',
      { order: 1 },
      'EVENT_PAYLOAD_INVALID',
      /payload.order_id: .*; payload.order: /,
    ],
    ['what is no object', 'noted', [1], 'EVENT_PAYLOAD_INVALID', /must be an object, but is \[1\]/],
    ['what is no JSON', 'noted', { n: 1n }, 'EVENT_PAYLOAD_INVALID', /is not JSON: .*BigInt/],
    ['what is too large', 'noted', { text: 'x'.repeat(1_100_000) }, 'EVENT_PAYLOAD_INVALID', /bytes of JSON/],
  ])('is refused at once where it is %s', async (_, event, payload, errorCode, message) => {
    const engine = await start({
      templates: [shop('order')],
      handlers: { order: ({ publish }) => publish(event, payload) },
    });
    const task = await engine.run('order', { namespace: 'shop' });
    expect(task.status).toBe('error');
    expect(task.step('only').error).toMatchObject({ errorCode, retryable: false });
    expect(task.step('only').error!.message).toMatch(message);
    expect(heard(engine)).toEqual([]);
  });

  it('may hold what PostgreSQL would refuse, and keys of the facts, which give way', async () => {
    const engine = await start({
      templates: [shop('order')],
      handlers: {
        order: ({ publish }) => publish('noted', { text: 'a\u0000\ud800', timestamp: 'mine', step_name: 5 }),
      },
    });
    const task = await engine.run('order', { namespace: 'shop' });
    expect(task.status).toBe('complete');
    const noted = engine.events.find(({ event }) => event === 'shop.noted')!;
    expect(noted).toMatchObject({ text: 'a\ufffd\ufffd', step_name: 'only' });
    expect(noted.timestamp).not.toBe('mine');
    expect((await stored(engine))[0]!.payload).toMatchObject({ timestamp: 'mine', step_name: 5 });
    expect(LOG.lines).toContainEqual(expect.stringMatching(/"shop.noted" see facts .* of timestamp, step_name/));
  });

  it('ends where a handler publishes without end', async () => {
    const engine = await start({
      templates: [shop('order')],
      handlers: {
        order: ({ publish }) => {
          for (;;) publish('noted');
        },
      },
    });
    const task = await engine.run('order', { namespace: 'shop' });
    expect(task.step('only').error).toMatchObject({ errorCode: 'TOO_MANY_EVENTS' });
    expect(await stored(engine)).toHaveLength(1_000);
  });

  it('is encrypted in the database where the template asks for that', async () => {
    const security = { encryption: { enabled: true, algorithm: 'AES-256-GCM' as const } };
    const engine = await start({
      templates: [shop('order', { security })],
      handlers: { order: ({ publish }) => publish('noted', { card: '4111-1111' }) },
      tasker: { encryption: { keys: `k1=${'a1'.repeat(32)}` } },
    });
    await engine.run('order', { namespace: 'shop' });
    expect(engine.events.find(({ event }) => event === 'shop.noted')).toMatchObject({ card: '4111-1111' });
    expect(JSON.stringify(await stored(engine))).not.toContain('4111');
    expect((await stored(engine))[0]!.payload).toMatchObject({ enc: 'aes-256-gcm', kid: 'k1' });
  });

  it('may be declared by a class, for handlers of all templates, and is in the catalog', async () => {
    @CustomEvent('stock.low', { description: 'Order more.', payloadSchema: { type: 'object', required: ['sku'] } })
    @CustomEvent('stock.empty')
    class Stock {}
    const engine = await start({
      templates: [single('check')],
      handlers: { check: ({ publish }) => publish('stock.low', { sku: 'a' }) },
      providers: [Stock],
    });
    const heardLow: unknown[] = [];
    engine.get(EventBus).on('stock.*', (event) => heardLow.push(event));
    await engine.run('check');
    expect(heardLow).toMatchObject([{ event: 'stock.low', sku: 'a', task_name: 'check' }]);
    expect(engine.get(EventCatalog).eventInfo('stock.low')).toMatchObject({
      category: 'custom',
      description: 'Order more.',
      fired_by: ['Stock'],
    });
    expect(
      engine
        .get(EventCatalog)
        .searchEvents('', 'custom')
        .map(({ name }) => name),
    ).toEqual(['stock.empty', 'stock.low']);
  });

  it('refuses to start where a class declares it wrongly', async () => {
    @CustomEvent('task.gone')
    @CustomEvent('low')
    @CustomEvent('stock.low', { payloadSchema: { type: 'objekt' } })
    class Stock {}
    await expect(start({ providers: [Stock] })).rejects.toMatchObject({
      code: 'configuration_invalid',
      findings: [
        { path: '@CustomEvent of Stock', message: expect.stringContaining('begins with "task."') },
        { path: '@CustomEvent of Stock', message: expect.stringContaining('words with dots between them') },
        { path: '@CustomEvent of Stock', message: expect.stringContaining('type must be one of') },
      ].map((finding) => expect.objectContaining(finding)),
    });
  });
});

describe('a template', () => {
  it('may keep events of its tasks from being published, and its steps and audit are as ever', async () => {
    const quiet = single('quiet', {}, { events: { publish_step_started: false, publish_task_completed: false } });
    const silent = single(
      'silent',
      {},
      { settings: { event_publishing: false }, events: { publish_task_started: true } },
    );
    const engine = await start({ templates: [quiet, silent], handlers: { quiet: () => 1, silent: () => 1 } });
    const one = await engine.run('quiet');
    const other = await engine.run('silent');
    expect(engine.eventsOf(one.taskId)).toEqual(['task.initialize_requested', 'task.started', 'step.completed']);
    expect(engine.allEventsOf(other.taskId)).toEqual(['task.started']);
    expect(other.outcomes('only')).toEqual(['succeeded']);
  });

  it('hides the values of the fields that it masks', async () => {
    const engine = await start({
      templates: [single('pay', {}, { custom_events: [{ name: 'paid.out' }], security: { masked_fields: ['iban'] } })],
      handlers: {
        pay: ({ publish }) => {
          publish('paid.out', { to: { IBAN: 'DE02' } });
          return { iban: 'DE02', amount: 5 };
        },
      },
    });
    await engine.run('pay');
    expect(JSON.stringify(engine.events)).not.toContain('DE02');
    expect(engine.events.find(({ event }) => event === 'step.completed')!.results).toEqual({ iban: '***', amount: 5 });
  });
});

describe('an escalation', () => {
  it('is published with each failed attempt for which its rule holds, over the failure and the context', async () => {
    const error_handling = {
      escalation_rules: [
        { condition: 'retry_count >= 2', action: 'escalate_to_support', description: 'Twice is enough' },
        { condition: "payment_amount > 1000 AND error_type == 'card_declined'", action: 'escalate_to_manual_review' },
        { condition: 'is_last_attempt', action: 'give_up' },
      ],
    };
    const engine = await start({
      templates: [single('pay', { default_retry_limit: 3 }, { error_handling })],
      handlers: {
        pay: ({ step }) => {
          const errorCode = step.attempt === 2 ? 'card_declined' : 'E1';
          throw Object.assign(new Error('no'), { errorCode });
        },
      },
    });
    const { taskId } = await engine.run('pay', { context: { payment_amount: 5_000 } });
    await eventually('the task has failed', () => engine.eventsOf(taskId).includes('task.failed'));
    const told = engine.events.filter(({ event }) => event.startsWith('escalation.'));
    expect(told.map(({ event, attempt }) => [attempt, event])).toEqual([
      [2, 'escalation.escalate_to_support'],
      [2, 'escalation.escalate_to_manual_review'],
      [3, 'escalation.escalate_to_support'],
      [3, 'escalation.give_up'],
    ]);
    expect(told[0]).toMatchObject({
      task_id: taskId,
      step_name: 'only',
      action: 'escalate_to_support',
      condition: 'retry_count >= 2',
      description: 'Twice is enough',
      error_code: 'card_declined',
    });
    expect(await stored(engine)).toHaveLength(4);
    expect(engine.get(EventCatalog).eventInfo('escalation.give_up')).toMatchObject({ category: 'custom' });
  });
});

describe('a standstill', () => {
  const told = (engine: Engine): unknown[] =>
    engine.events
      .filter(({ event }) => event === 'workflow.no_viable_steps')
      .map(({ execution_status }) => execution_status);

  it('is told once of a task that waits for a retry, and once where it has failed', async () => {
    const gate = new Gate();
    const engine = await start({
      templates: [graph('wide', { a: [], b: [] }, { each: { default_retry_limit: 2, retry_backoff: SOON } })],
      handlers: {
        a: ({ step }) => {
          if (step.attempt === 1) throw new Error('again');
          throw new PermanentError('no');
        },
        b: () => gate.pass(),
      },
    });
    const { taskId } = await engine.create('wide');
    await eventually('a has failed for good', () => engine.eventsOf(taskId, 'a').includes('step.failed'));
    // b was running all the time
    expect(told(engine)).toEqual([]);
    gate.open();
    await engine.finished(taskId);
    await eventually('the task has failed', () => engine.eventsOf(taskId).includes('task.failed'));
    expect(told(engine)).toEqual(['blocked_by_failures']);
  });

  it('is told once by one of two processes in which the last attempts end at the same time', async () => {
    const steps = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`s${n}`, []]));
    const later = { retry_backoff: { ...SOON, initial_delay: 60, max_delay: 60 } };
    const gate = new Gate();
    const options = {
      templates: [graph('wide', steps, { handler: 'work', each: later })],
      handlers: {
        work: async () => {
          await gate.pass();
          throw new Error('again');
        },
      },
      worker: { slots: 6 },
    };
    const one = await start(options);
    const two = await beside(one, options);
    const { taskId } = await one.create('wide');
    await gate.reached(12);
    gate.open();
    const waiting = async (): Promise<boolean> =>
      Object.values((await one.look(taskId)).statuses).every((status) => status === 'waiting_for_retry');
    await eventually('all steps wait', waiting);
    await Promise.all([one.stop(), two.stop()]);
    expect([one, two].map((engine) => engine.eventsOf(taskId).includes('step.retry_scheduled'))).toEqual([true, true]);
    expect([...told(one), ...told(two)]).toEqual(['waiting_for_retry']);
  });
});
