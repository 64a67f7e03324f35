import { Client } from 'pg';
import { PermanentError } from '../../src/index.js';
import { engines, eventually, Gate, graph, LOG, requestFor, single, type Process } from '../support/engine.js';

const { start } = engines();

describe('what a template says of its tasks', () => {
  it('gives them its priority, where the creator names none, and its tags beside the creator’s', async () => {
    const task_config = { priority: 'high', tags: ['payments', 'pci'] };
    const engine = await start({ templates: [single('work', {}, { task_config })], handlers: { work: () => null } });

    expect(await engine.create('work')).toMatchObject({ priority: 50, tags: ['payments', 'pci'] });
    expect(await engine.create('work', { priority: -3, tags: ['vip', 'pci'] })).toMatchObject({
      priority: -3,
      tags: ['payments', 'pci', 'vip'],
    });
  });

  it('refuses contexts that break its business rules, each with the rule’s own message, and creates nothing', async () => {
    const rule = (name: string, text: string, error_message: string, condition?: string) => ({
      ...{ name, type: 'validation' as const, rule: text, error_message },
      ...(condition ? { condition } : {}),
    });
    const business_rules = [
      rule('minimum', 'payment.amount >= 1', 'a payment is at least 1.00'),
      rule('currencies', "currency in ['USD', 'EUR']", 'only dollars and euros'),
      rule('large_payments', 'approved_by != null', 'large payments need an approval', 'payment.amount > 1000'),
    ];
    const engine = await start({
      templates: [single('pay', {}, { constraints: { business_rules } })],
      handlers: { pay: () => null },
    });

    const context = { payment: { amount: 5000 }, currency: 'GBP' };
    await expect(engine.create('pay', { context })).rejects.toMatchObject({
      code: 'context_invalid',
      findings: [
        { path: 'context.currency', message: 'only dollars and euros' },
        { path: 'context.approved_by', message: 'large payments need an approval' },
      ],
    });
    expect(await engine.sql('select from task')).toEqual([]);
    const task = await engine.run('pay', { context: { payment: { amount: 5 }, currency: 'EUR' } });
    expect(task.status).toBe('complete');
  });

  it('decides which errors are worth another attempt, whatever was thrown', async () => {
    class CardDeclinedError extends Error {}
    const thrown: Record<string, () => Error> = {
      declined: () => new CardDeclinedError('no'),
      flaky: () => new PermanentError('down', { errorCode: 'GATEWAY_DOWN' }),
    };
    const error_handling = { permanent_errors: ['CardDeclinedError'], retryable_errors: ['GATEWAY_DOWN'] };
    const engine = await start({
      templates: [graph('pay', { declined: [], flaky: [] }, { error_handling })],
      handlers: {
        declined: () => Promise.reject(thrown.declined!()),
        flaky: ({ step }) => (step.attempt < 3 ? Promise.reject(thrown.flaky!()) : null),
      },
    });

    const task = await engine.run('pay');

    expect(task.attempts).toEqual({ declined: 1, flaky: 3 });
    expect(task.statuses).toEqual({ declined: 'error', flaky: 'complete' });
  });

  it('caps the connections that its steps hold at once, and has others try again that waited too long', async () => {
    const performance = { database_pool: { max_connections: 1, connection_timeout: 0.05 } };
    const gate = new Gate();
    let holding = 0;
    let most = 0;
    const book: Process = ({ step, transaction }) =>
      transaction(async () => {
        most = Math.max(most, ++holding);
        if (step.attempt === 1) await gate.pass();
        holding -= 1;
        return step.attempt;
      });
    const each = { default_retry_limit: 100 };
    const engine = await start({
      templates: [graph('pay', { left: [], right: [] }, { performance, each, handler: 'book' }), single('free')],
      handlers: { book, free: ({ transaction }) => transaction(async () => 'never waits') },
    });

    const { taskId } = await engine.create('pay');
    await eventually('one step has waited in vain', () => engine.eventsOf(taskId).includes('step.retry_scheduled'));
    expect((await engine.run('free')).step('only').results).toBe('never waits');
    gate.open();
    const task = await engine.finished(taskId);

    expect(task.status).toBe('complete');
    expect({ most, arrived: gate.arrived }).toEqual({ most: 1, arrived: 1 });
    const [waited] = ['left', 'right'].map((name) => task.step(name)).filter(({ attempts }) => attempts > 1);
    expect(waited!.attemptHistory![0]).toMatchObject({
      outcome: 'failed',
      error: { errorCode: 'TRANSACTION_TIMEOUT', retryable: true, message: expect.stringContaining('default.pay') },
    });
  });

  it('bounds the wait for a connection of a pool that others have emptied', async () => {
    const performance = { database_pool: { connection_timeout: 0.05 } };
    const gate = new Gate();
    const engine = await start({
      templates: [
        graph('hog', { a: [], b: [], c: [], d: [], e: [] }, { handler: 'hog' }),
        single('pay', {}, { performance }),
      ],
      handlers: {
        hog: ({ transaction }) => transaction(() => gate.pass()),
        pay: ({ step, transaction }) =>
          transaction(() => Promise.resolve('booked')).catch((error: { errorCode: string }) => {
            gate.open();
            return `${step.attempt}: ${error.errorCode}`;
          }),
      },
      worker: { slots: 20 },
    });
    const hog = await engine.create('hog');
    const pay = await engine.create('pay');
    const task = await engine.finished(pay.taskId);

    expect(['1: TRANSACTION_TIMEOUT', 'booked']).toContain(task.step('only').results);
    expect((await engine.finished(hog.taskId)).status).toBe('complete');
  });

  it('creates no more of its tasks in one transaction than its batches hold, however many are asked for', async () => {
    const performance = { batching: { batch_size: 2 } };
    const engine = await start({
      templates: [single('pay', {}, { performance }), single('free')],
      handlers: { pay: () => null, free: () => null },
    });
    const asked = ['pay', 'pay', 'free', 'pay', 'free', 'nothing', 'pay', 'pay'];
    const answers = await engine.client.createTasks(asked.map(requestFor));
    await Promise.all(Array.from({ length: 5 }, () => engine.create('pay')));

    expect(answers.map((one) => ('task' in one ? one.task.name : one.error.code))).toEqual(
      asked.map((name) => (name === 'nothing' ? 'template_not_found' : name)),
    );
    const batches = await engine.sql<{ name: string; tasks: number }>(
      `select p.name, count(*)::int as tasks from task t join template p on p.id = t.template_id
       group by p.name, t.created_at order by t.created_at`,
    );
    const sizes = (name: string) => batches.filter((one) => one.name === name).map(({ tasks }) => tasks);
    expect(sizes('free')).toEqual([2]);
    expect(Math.max(...sizes('pay'))).toBe(2);
    expect(sizes('pay').reduce((sum, size) => sum + size)).toBe(10);
  });

  it('has a caller told in time that its task was not written, and does not write what has not left', async () => {
    const performance = { batching: { batch_size: 1, batch_timeout: 0.1 } };
    const engine = await start({ templates: [single('pay', {}, { performance })], handlers: { pay: () => null } });
    const db = new Client({ connectionString: engine.url });
    await db.connect();
    await db.query('begin; lock table tasker.task in access exclusive mode');

    const refusals = await Promise.allSettled([engine.create('pay'), engine.create('pay')]);
    await db.query('commit');
    await db.end();

    const unavailable = (message: string) => ({
      status: 'rejected',
      reason: expect.objectContaining({ code: 'database_unavailable', message: expect.stringContaining(message) }),
    });
    expect(refusals).toEqual([unavailable('nobody knows'), unavailable('it will not be')]);
    await eventually('the first was written later', async () => (await engine.sql('select from task')).length === 1);
    await engine.run('pay');
    expect(await engine.sql('select from task')).toHaveLength(2);
  });

  it('has a worker read again what it has not used for longer than its caches keep', async () => {
    const remembers = (name: string, ttl: number) =>
      graph(name, { first: [], last: ['first'] }, { performance: { caching: { ttl } } });
    const engine = await start({
      templates: [remembers('brief', 0.001), remembers('long', 3600)],
      handlers: {
        first: () => 'as it was',
        last: async ({ task, step, sequence }) => {
          if (step.attempt === 2) return sequence.results('first');
          await engine.sql(`update step set result = '"as it is now"' where task_id = $1 and step_no = 0`, [
            task.taskId,
          ]);
          throw new Error('again, after 10 ms in which nobody asks for it');
        },
      },
    });

    const [brief, long] = [await engine.run('brief'), await engine.run('long')];
    expect([brief.step('last').results, long.step('last').results]).toEqual(['as it is now', 'as it was']);
  });

  describe('of its audit log', () => {
    const audited = (what: string): Record<string, unknown>[] =>
      LOG.lines
        .filter((line) => line.includes('{"audit":'))
        .map((line) => JSON.parse(line.slice(line.indexOf('{'))) as Record<string, unknown>)
        .filter(({ audit }) => audit === what);
    const handlers = {
      charge: ({ step }: { step: { attempt: number } }) =>
        step.attempt === 1 ? Promise.reject(new Error('busy')) : { token: 'hush', amount: 5 },
      other: () => ({ token: 'hush' }),
    };
    const security = (audit_logging: object, rest: object = {}) => ({
      security: { audit_logging, masked_fields: ['token'], ...rest },
    });

    it('has each transition logged once at its level, with masked fields, whether or not it is published', async () => {
      const engine = await start({
        templates: [
          single('charge', {}, { ...security({ log_level: 'warn' }), settings: { event_publishing: false } }),
          single('other'),
        ],
        handlers,
      });
      await engine.run('other');
      const { taskId } = await engine.run('charge');

      const lines = audited('transition');
      expect(lines.map(({ event }) => event)).toEqual([
        'task.initialize_requested',
        'task.started',
        'step.started',
        'step.retry_scheduled',
        'step.started',
        'step.completed',
        'task.completed',
      ]);
      expect(lines.every(({ task_id }) => task_id === taskId)).toBe(true);
      expect(lines[3]).toMatchObject({ step_name: 'only', attempt: 1, error_message: 'busy' });
      expect(lines[5]).toMatchObject({ attempt: 2, results: { token: '***', amount: 5 } });
      expect(LOG.lines.filter((line) => line.includes('"audit"')).every((line) => line.startsWith('warn '))).toBe(true);
      expect(audited('read')).toEqual([]);
    });

    it('shows hidden values where it asks for that, and none of a template that has switched it off', async () => {
      const engine = await start({
        templates: [
          single('charge', {}, security({ include_sensitive_data: true })),
          single('other', {}, security({ enabled: false })),
        ],
        handlers,
      });
      await engine.run('other');
      await engine.run('charge');

      expect(audited('transition').find(({ event }) => event === 'step.completed')).toMatchObject({
        task_name: 'charge',
        results: { token: 'hush', amount: 5 },
      });
      expect(audited('transition').filter(({ task_name }) => task_name === 'other')).toEqual([]);
    });

    it('has logged what no event tells of: a step that an operator resets, and one that is given back', async () => {
      let isRepaired = false;
      const engine = await start({
        templates: [single('charge', { default_retryable: false }, security({}))],
        handlers: { charge: () => (isRepaired ? new Promise(() => undefined) : Promise.reject(new Error('busy'))) },
        worker: { drainMs: 1 },
      });
      const { taskId } = await engine.run('charge');
      isRepaired = true;
      await engine.client.retryTask(taskId, { reason: 'it is free now', actor: 'ada' });
      await eventually(
        'it runs again',
        () => engine.eventsOf(taskId).filter((one) => one === 'step.started').length === 2,
      );
      await engine.stop();

      const lines = audited('transition');
      expect(lines.map(({ event }) => event).slice(-5)).toEqual([
        ...['task.failed', 'step.reset', 'task.retry_requested', 'step.started', 'step.released'],
      ]);
      expect(lines.at(-4)).toMatchObject({ step_name: 'only', actor: 'ada', reason: 'it is free now' });
      expect(lines.at(-1)).toMatchObject({ task_id: taskId, step_name: 'only', attempt: 2 });
    });

    it('keeps encrypted results out, and has reads logged at level 1 of the rules for card data', async () => {
      const cards = (audit_level: string) => ({ pci_compliance: { audit_level }, encryption: { enabled: true } });
      const engine = await start({
        templates: [
          single('charge', {}, security({}, cards('level_1'))),
          single('other', {}, security({}, cards('level_2'))),
        ],
        handlers,
        tasker: { encryption: { keys: `2026-11=${'a1'.repeat(32)}` } },
      });
      await engine.run('other');
      const { taskId } = await engine.run('charge');
      const completed = audited('transition').filter(({ event }) => event === 'step.completed');
      expect(completed.map(({ results }) => results)).toEqual([undefined, undefined]);

      const before = audited('read').length;
      await engine.client.getTask(taskId);
      await engine.client.getStep(taskId, 'only');
      await engine.client.getDiagram(taskId);
      await engine.client.listTasks();
      const reads = audited('read').slice(before);
      expect(reads.map(({ what }) => what)).toEqual(['task', 'step', 'diagram', 'task']);
      expect(audited('read').every(({ task_id }) => task_id === taskId)).toBe(true);
    });
  });
});
