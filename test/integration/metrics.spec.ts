import { PermanentError, RetryableError, type TemplateDefinition } from '../../src/index.js';
import { aborted, engines, eventually, Gate, graph, LOG, single, SOON } from '../support/engine.js';
import { scrape } from '../support/scrape.js';

const { start, beside } = engines();

const fails = (error: Error) => () => {
  throw error;
};

describe('what a process has done', () => {
  it('is counted to the last attempt', async () => {
    let calls = 0;
    const gate = new Gate();
    const engine = await start({
      templates: [
        graph('flow', { first: [], second: ['first'] }, { namespace_name: 'shop' }),
        single('broken'),
        single('optional', { skippable: true, default_retry_limit: 1 }),
        single('slow', { timeout_seconds: 0.02, default_retry_limit: 2 }),
      ],
      handlers: {
        first: async () => {
          if (++calls === 1) throw new RetryableError('busy', { errorCategory: 'External_Service ' });
          await gate.pass();
          return {};
        },
        second: () => ({}),
        broken: fails(new PermanentError('no', { errorCategory: 'validation' })),
        optional: fails(new Error('never mind')),
        slow: ({ signal }) => aborted(signal),
      },
    });
    const before = await scrape(engine);
    gate.open();
    await engine.run('flow', { namespace: 'shop' });
    await engine.run('flow', { namespace: 'shop' });
    await engine.run('broken');
    await engine.run('optional');
    await engine.run('slow');
    const after = await scrape(engine);
    const grown = (name: string, ...by: string[]) => after.grownSince(before, name, by);

    const attempts = {
      'shop flow first failed': 1,
      'shop flow first succeeded': 2,
      'shop flow second succeeded': 2,
      'default broken only failed': 1,
      'default optional only failed': 1,
      'default slow only timed_out': 2,
    };
    const step = ['namespace', 'template', 'step'];
    expect(grown('tasker_step_attempts_total', ...step, 'outcome')).toEqual(attempts);
    expect(grown('tasker_step_duration_seconds_count', ...step, 'outcome')).toEqual(attempts);
    expect(grown('tasker_step_retries_total', ...step)).toEqual({ 'shop flow first': 1, 'default slow only': 1 });
    expect(grown('tasker_step_errors_total', ...step, 'category')).toEqual({
      'shop flow first external_service': 1,
      'default broken only validation': 1,
      'default optional only none': 1,
      'default slow only timeout': 2,
    });
    expect(grown('tasker_steps_finished_total', ...step, 'state')).toEqual({
      'shop flow first complete': 2,
      'shop flow second complete': 2,
      'default broken only error': 1,
      'default optional only skipped': 1,
      'default slow only error': 1,
    });
    expect(grown('tasker_tasks_created_total', 'namespace', 'template')).toEqual({
      'shop flow': 2,
      ...{ 'default broken': 1, 'default optional': 1, 'default slow': 1 },
    });
    const ended = {
      'shop flow complete': 2,
      ...{ 'default broken error': 1, 'default optional complete': 1, 'default slow error': 1 },
    };
    expect(grown('tasker_tasks_finished_total', 'namespace', 'template', 'state')).toEqual(ended);
    expect(grown('tasker_task_duration_seconds_count', 'namespace', 'template', 'state')).toEqual(ended);
    // all attempts began by a claim or a hand-off
    expect(grown('tasker_step_queue_wait_seconds_count', 'template')).toEqual({
      flow: 5,
      broken: 1,
      optional: 1,
      slow: 2,
    });
    expect(after.value('tasker_claim_duration_seconds_count')).toBeGreaterThan(0);
    // handlers that are told to stop return in the end
    expect(grown('tasker_results_refused_total', 'template')).toEqual({ slow: 2 });
    const timeouts = after.value('tasker_step_duration_seconds_sum', { outcome: 'timed_out' })!;
    expect(timeouts).toBeGreaterThanOrEqual(0.04);
    expect(timeouts).toBeLessThan(2);
  });

  it('leads to the traces of attempts that were sampled', async () => {
    const engine = await start({ templates: [single('work')], handlers: { work: () => ({}) } });
    const ids = { sampled: '0af7651916cd43dd8448eb211c80319c', unsampled: '1af7651916cd43dd8448eb211c80319c' };
    await engine.run('work', { traceparent: `00-${ids.unsampled}-b7ad6b7169203331-00` });
    await engine.run('work', { traceparent: `00-${ids.sampled}-b7ad6b7169203331-01` });
    const { points } = (await scrape(engine)).families.get('tasker_step_duration_seconds')!;
    const traces = points.flatMap(({ exemplar }) => (exemplar ? [exemplar.labels.trace_id] : []));
    expect(traces).toEqual([ids.sampled]);
  });

  it('is counted where operators and late results have a part in it', async () => {
    const gate = new Gate();
    const engine = await start({
      templates: [
        single('held'),
        graph('cut', { long: [], after: ['long'] }),
        single('broken'),
        single('late', { timeout_seconds: 0.02, default_retry_limit: 1 }),
      ],
      handlers: {
        held: fails(new PermanentError('no')),
        long: ({ signal }) => aborted(signal),
        after: () => ({}),
        broken: fails(new PermanentError('no')),
        late: async () => {
          await gate.pass();
          return {};
        },
      },
    });
    const { taskId: cut } = await engine.create('cut');
    await eventually('it runs', async () => (await engine.look(cut)).statuses.long === 'in_progress');
    await engine.client.cancelTask(cut);
    const resolved = await engine.run('broken');
    await engine.client.resolveTask(resolved.taskId, { reason: 'by hand' });
    await engine.run('late');
    gate.open();
    const refused = async () => (await scrape(engine)).value('tasker_results_refused_total', { template: 'late' });
    await eventually('it is refused', async () => (await refused()) === 1);
    const figures = await scrape(engine);
    expect(figures.value('tasker_step_attempts_total', { step: 'long', outcome: 'cancelled' })).toBe(1);
    expect(figures.value('tasker_steps_finished_total', { template: 'cut', state: 'cancelled' })).toBe(2);
    expect(figures.value('tasker_tasks_finished_total', { template: 'cut', state: 'cancelled' })).toBe(1);
    expect(figures.value('tasker_tasks_finished_total', { template: 'broken', state: 'error' })).toBe(1);
    expect(figures.value('tasker_tasks_finished_total', { template: 'broken', state: 'resolved_manually' })).toBe(1);
    expect(figures.value('tasker_step_attempts_total', { template: 'late' })).toBe(1);
  });

  it('is counted by the process that did it, from nothing after a restart; what waits is told by each', async () => {
    const handlers = { work: () => ({}), wait: () => ({}) };
    const templates = [single('work'), single('wait')];
    const first = await start({ templates, handlers });
    const second = await beside(first, { templates, handlers, roles: ['api'] });
    const later = new Date(Date.now() + 3_600_000);
    await second.create('wait', { runAt: later });
    for (let n = 0; n < 3; n++) await second.run('work');
    const [ran, created] = await Promise.all([scrape(first), scrape(second)]);
    expect(ran.value('tasker_step_attempts_total')).toBe(3);
    expect(ran.value('tasker_tasks_created_total')).toBe(0);
    expect(created.value('tasker_tasks_created_total')).toBe(4);
    expect(created.value('tasker_step_attempts_total')).toBeNull();
    expect(created.value('tasker_worker_slots')).toBeNull();
    for (const figures of [ran, created]) {
      expect(figures.value('tasker_tasks', { state: 'pending' })).toBe(1);
      expect(figures.value('tasker_steps_due_later')).toBe(1);
      expect(figures.value('tasker_workers', { state: 'live' })).toBe(1);
    }
    await first.stop();
    const again = await beside(second, { templates, handlers });
    expect((await scrape(again)).value('tasker_step_attempts_total')).toBeNull();
    await again.run('work');
    expect((await scrape(again)).value('tasker_step_attempts_total')).toBe(1);
  });
});

describe('what waits', () => {
  it('is told with how long the one that is next has waited', async () => {
    const engine = await start({
      roles: ['api'],
      templates: [single('a'), single('b', {}, { task_config: { priority: 50 } })],
    });
    for (const name of ['a', 'a', 'b']) await engine.create(name);
    await engine.sql(
      "update step set ready_at = ready_at - interval '90 s' where task_id = (select task_id from step order by task_id limit 1)",
    );
    const figures = await scrape(engine);
    expect(figures.value('tasker_steps_claimable')).toBe(3);
    expect(figures.value('tasker_oldest_claimable_seconds')).toBeGreaterThanOrEqual(90);
    expect(figures.value('tasker_oldest_claimable_seconds')).toBeLessThan(110);
    expect(figures.value('tasker_tasks', { state: 'pending' })).toBe(3);
  });

  it('is told with what runs, and what a template lets wait', async () => {
    const gate = new Gate();
    const engine = await start({
      templates: [
        single('limited', {}, { performance: { concurrency: { max_concurrent_steps: 1 } } }),
        single('broken', { retry_backoff: { ...SOON, initial_delay: 60, max_delay: 60 } }),
      ],
      handlers: { limited: () => gate.pass(), broken: fails(new Error('later')) },
    });
    const tasks = [await engine.create('limited'), await engine.create('limited'), await engine.create('broken')];
    await gate.reached();
    const last = tasks[2]!.taskId;
    await eventually('it waits', async () => (await engine.look(last)).statuses.only === 'waiting_for_retry');
    const figures = await scrape(engine);
    expect(figures.value('tasker_steps_running')).toBe(1);
    expect(figures.value('tasker_steps_gated')).toBe(1);
    expect(figures.value('tasker_steps_due_later')).toBe(1);
    expect(figures.value('tasker_steps', { state: 'waiting_for_retry' })).toBe(1);
    expect(figures.value('tasker_steps', { state: 'in_progress' })).toBe(1);
    expect(figures.value('tasker_worker_slots')).toBe(20);
    expect(figures.value('tasker_cluster_slots')).toBe(20);
    expect(figures.value('tasker_database_pool_connections', { state: 'used' })).toBeGreaterThan(0);
    expect(figures.value('tasker_database_pool_waiting')).toBe(0);
    gate.open();
  });
});

describe('a label', () => {
  it('is never an id, nor anything of which there is one for each task', async () => {
    const engine = await start({ templates: [single('work')], handlers: { work: () => ({}) } });
    for (let n = 0; n < 5; n++) await engine.run('work', { correlationId: `order-${n}` });
    const { families } = await scrape(engine);
    const names = new Set<string>();
    for (const { points } of families.values()) {
      for (const { labels } of points) {
        for (const [name, value] of Object.entries(labels)) {
          names.add(name);
          expect(value).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}|order-/);
        }
      }
    }
    expect([...names].filter((name) => /(^|_)id$/.test(name))).toEqual([]);
    expect(families.get('tasker_step_attempts')!.points).toHaveLength(1);
  });
});

describe('the metrics that a template declares', () => {
  const metrics: NonNullable<NonNullable<TemplateDefinition['monitoring']>['metrics']> = [
    { name: 'amount', type: 'histogram', buckets: [10, 100], description: 'Dollars' },
    { name: 'load', type: 'gauge' },
    { name: 'refunds_total', type: 'counter' },
  ];
  const payment = (step = {}) => single('pay', step, { namespace_name: 'shop', monitoring: { metrics } });

  it('are filled from fields of results, and by handlers with the outcome of their attempt', async () => {
    let attempts = 0;
    const engine = await start({
      templates: [payment()],
      handlers: {
        pay: ({ metrics: { record } }) => {
          record('refunds_total', 2, { reason: 'late' });
          if (++attempts === 1) throw new RetryableError('busy');
          return { amount: 50, load: 0.25, other: 1 };
        },
      },
    });
    await engine.run('pay', { namespace: 'shop' });
    const figures = await scrape(engine);
    const shop = { namespace: 'shop', template: 'pay' };
    expect(figures.families.get('tasker_template_amount')).toMatchObject({ type: 'histogram', help: 'Dollars' });
    expect(figures.value('tasker_template_amount_bucket', { ...shop, le: '10.0' })).toBe(0);
    expect(figures.value('tasker_template_amount_bucket', { ...shop, le: '100.0' })).toBe(1);
    expect(figures.value('tasker_template_amount_sum', shop)).toBe(50);
    expect(figures.value('tasker_template_load', shop)).toBe(0.25);
    expect(figures.value('tasker_template_refunds_total', { ...shop, reason: 'late' })).toBe(4);
  });

  it('do not count what an attempt records that is refused, or a transaction that fails', async () => {
    const engine = await start({
      templates: [payment({ timeout_seconds: 0.05, default_retry_limit: 1 })],
      handlers: {
        pay: async ({ metrics: { record }, transaction, signal }) => {
          await transaction(() => {
            record('load', 1);
            throw new Error('rolled back');
          }).catch(() => undefined);
          await aborted(signal);
          record('load', 2);
        },
      },
    });
    await engine.run('pay', { namespace: 'shop' });
    expect((await scrape(engine)).families.has('tasker_template_load')).toBe(false);
  });

  it('fail a step for good that records what it does not declare', async () => {
    const engine = await start({
      templates: [payment()],
      handlers: { pay: ({ metrics: { record } }) => record('amounts', 1) },
    });
    const { taskId } = await engine.run('pay', { namespace: 'shop' });
    const { steps } = await engine.client.getTask(taskId, { include: ['steps'] });
    expect(steps![0]!.error).toMatchObject({ errorCode: 'METRIC_UNDECLARED', retryable: false });
  });

  it('leave a step complete whose result has something else under such a name, and say so once', async () => {
    const engine = await start({ templates: [payment()], handlers: { pay: () => ({ amount: 'a lot' }) } });
    for (let n = 0; n < 2; n++) expect((await engine.run('pay', { namespace: 'shop' })).status).toBe('complete');
    expect(LOG.lines.filter((line) => line.includes('must be given a number as "amount", not a string'))).toHaveLength(
      1,
    );
    expect((await scrape(engine)).families.has('tasker_template_amount')).toBe(false);
  });

  it('hide the labels that the template hides', async () => {
    const template = { monitoring: { metrics }, security: { masked_fields: ['Card'] } };
    const engine = await start({
      templates: [single('pay', {}, template)],
      handlers: { pay: ({ metrics: { record } }) => record('load', 1, { card: '4242', kind: 'visa' }) },
    });
    await engine.run('pay');
    expect((await scrape(engine)).value('tasker_template_load', { card: '***', kind: 'visa' })).toBe(1);
  });

  it('may mean different things in different templates', async () => {
    const of = (name: string, type: 'gauge' | 'counter', value: number) =>
      single(name, {}, { monitoring: { metrics: [{ name: 'size', type }] }, metadata: { value } });
    const engine = await start({
      templates: [of('a', 'gauge', 1), of('b', 'counter', 2)],
      handlers: { a: () => ({ size: 1 }), b: () => ({ size: 2 }) },
    });
    await engine.run('a');
    await engine.run('b');
    const figures = await scrape(engine);
    expect(figures.value('tasker_template_size', { template: 'a' })).toBe(1);
    expect(figures.value('tasker_template_size_counter_total', { template: 'b' })).toBe(2);
  });
});
