import { PermanentError, RetryableError, StepHandler, StepHandlerBase, type StepContext } from '../../src/index.js';
import type { Authenticator, Principal, TemplateDefinition } from '../../src/index.js';
import { ADAPTERS, startApi, type ApiServer } from './api-server.js';

const SOON = { kind: 'fixed', initial_delay: 0.01, jitter: 0 } as const;

@StepHandler('quick')
class Quick extends StepHandlerBase {
  process(): object {
    return {};
  }
}

@StepHandler('slow')
class Slow extends StepHandlerBase {
  async process(): Promise<object> {
    await new Promise((resolve) => setTimeout(resolve, 60));
    return {};
  }
}

@StepHandler('second_time')
class SecondTime extends StepHandlerBase {
  process({ step }: StepContext): object {
    if (step.attempt === 1) throw new RetryableError('Busy: api_key=s3cr3t was throttled', { errorCode: 'HTTP_429' });
    return {};
  }
}

@StepHandler('refused')
class Refused extends StepHandlerBase {
  process(): never {
    throw new PermanentError('No such account', { errorCode: 'HTTP_404', errorCategory: 'external_service' });
  }
}

const ORDER: TemplateDefinition = {
  namespace: 'shop',
  name: 'order',
  step_templates: [
    { name: 'price', handler_class: 'quick' },
    { name: 'stock', handler_class: 'slow', depends_on_step: 'price' },
    { name: 'notes', handler_class: 'quick', depends_on_step: 'price' },
    { name: 'charge', handler_class: 'second_time', depends_on_steps: ['stock', 'notes'], retry_backoff: SOON },
  ],
};
const TRANSFER: TemplateDefinition = {
  namespace: 'bank',
  name: 'transfer',
  step_templates: [
    { name: 'book', handler_class: 'refused' },
    { name: 'confirm', handler_class: 'quick', depends_on_step: 'book' },
  ],
};
const SECRET: TemplateDefinition = {
  namespace: 'bank',
  name: 'audit',
  step_templates: [{ name: 'look', handler_class: 'quick' }],
  security: { access_control: { allowed_roles: ['auditor'] } },
};
const SAYS_ITSELF: Authenticator = {
  authenticate: ({ headers }) =>
    headers['x-as'] === undefined ? null : (JSON.parse(String(headers['x-as'])) as Principal),
};
const as = (more: Partial<Principal> = {}) => ({
  'X-As': JSON.stringify({ name: 'ann', permissions: ['*'], ...more }),
});
const EVERYBODY = as({ roles: ['auditor'] });

describe.each(ADAPTERS)('analytics under %s', (adapter) => {
  let server: ApiServer;
  let transfer: string;
  let order: string;

  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers are looked at field by field
  const get = async (path: string, headers = EVERYBODY, status = 200): Promise<any> =>
    (await server.http.get(`/tasker/${path}`).set(headers).expect(status)).body;
  const run = async (name: string, namespace: string): Promise<string> => {
    const request = { name, namespace, context: {}, initiator: 'a', reason: 'b', sourceSystem: 'c' };
    const { taskId } = await server.client.createTask(request);
    await server.client.waitFor(taskId, { timeoutMs: 10_000 });
    return taskId;
  };

  /** What the attempts of a step of the orders took. */
  const secondsOf = async (step: string): Promise<number[]> => {
    const { tasks } = await get('tasks?namespace=shop');
    const took: number[] = [];
    for (const { task_id: id } of tasks as { task_id: string }[]) {
      const { attempt_history: attempts } = await get(`tasks/${id}/workflow_steps/${step}?include=attempts`);
      for (const { started_at: from, completed_at: to } of attempts)
        took.push((Date.parse(to) - Date.parse(from)) / 1000);
    }
    return took;
  };

  beforeAll(async () => {
    server = await startApi(adapter, {
      templates: [ORDER, TRANSFER, SECRET],
      handlers: [Quick, Slow, SecondTime, Refused],
      roles: ['api', 'worker'],
      auth: { authenticator: SAYS_ITSELF },
    });
    order = await run('order', 'shop');
    await run('order', 'shop');
    transfer = await run('transfer', 'bank');
    await run('audit', 'bank');
  });
  afterAll(() => server?.stop());

  it('counts what has just happened', async () => {
    const report = await get('analytics/performance');
    expect(report.tasks).toMatchObject({
      created: 4,
      started: 4,
      completed: 3,
      failed: 1,
      completion_rate: 0.75,
      error_rate: 0.25,
      duration_seconds: { count: 4 },
    });
    expect(report.steps).toMatchObject({
      attempts: 12,
      succeeded: 9,
      failed: 3,
      retries: 2,
      retries_succeeded: 2,
      retry_success_rate: 1,
      success_rate: 0.75,
      failed_steps: 1,
      completed_steps: 9,
    });
    expect(report.active_tasks).toEqual({ pending: 0, in_progress: 0 });
    expect(report.throughput.tasks_per_minute).toBeGreaterThan(0);
    expect(report.interval_seconds).toBe(3600);
    expect(report.series.reduce((sum: number, each: { created: number }) => sum + each.created, 0)).toBe(4);
  });

  it('tells the steps of a template apart, in its order, with durations that are theirs', async () => {
    const { templates } = await get('analytics/performance?namespace=shop&name=order&window=5m');
    expect(templates).toMatchObject([{ full_name: 'shop.order@0.1.0', tasks: { completed: 2 } }]);
    const [{ steps }] = templates;
    expect(steps.map(({ name }: { name: string }) => name)).toEqual(['price', 'stock', 'notes', 'charge']);
    for (const { name, duration_seconds: duration } of steps) {
      const took = await secondsOf(name);
      expect(duration.count).toBe(took.length);
      expect(duration.min).toBeCloseTo(Math.min(...took), 2);
      expect(duration.max).toBeCloseTo(Math.max(...took), 2);
      expect(duration.p50).toBeGreaterThanOrEqual(duration.min);
      expect(duration.p99).toBeLessThanOrEqual(duration.max);
    }
    expect(steps[3]).toMatchObject({ attempts: 4, failed: 2, retries: 2 });
  });

  it('finds what is slowest, what fails and with what, and what the slowest tasks hang on', async () => {
    const report = await get('analytics/bottlenecks?limit=2');
    expect(report.slowest_steps).toHaveLength(2);
    const [first, second] = report.slowest_steps;
    expect(first.duration_seconds.p95).toBeGreaterThanOrEqual(second.duration_seconds.p95);
    expect(first.duration_seconds.max).toBeGreaterThanOrEqual(0.06);
    expect(report.slowest_tasks.map(({ slowest_task_id: id }: { slowest_task_id: string }) => id)).toEqual(
      expect.arrayContaining([expect.any(String)]),
    );
    expect(report.failing_steps).toMatchObject([
      { step: 'charge', failures: 2, error_rate: 0.5, failed_steps: 0 },
      { step: 'book', failures: 1, error_rate: 1, failed_steps: 1 },
    ]);
    expect(report.retried_steps).toMatchObject([{ step: 'charge', retries: 2, retry_success_rate: 1 }]);
    expect(report.errors).toMatchObject({
      total: 3,
      patterns: 2,
      list: [
        {
          error_class: 'RetryableError',
          error_code: 'HTTP_429',
          count: 2,
          steps: [{ step: 'charge', count: 2 }],
          sample: { step: 'charge', attempt: 1, message: 'Busy: api_key=*** was throttled' },
        },
        { error_code: 'HTTP_404', error_category: 'external_service', sample: { task_id: transfer } },
      ],
    });
    expect(report.critical_paths.tasks_analyzed).toBeGreaterThanOrEqual(2);
    const shares = report.critical_paths.steps.map(({ share }: { share: number }) => share);
    expect(shares.every((share: number) => share >= 0 && share <= 1)).toBe(true);
    expect(report.recommendations).toEqual([]);
    expect(report.totals).toMatchObject({ tasks: 4, attempts: 12, failures: 3 });
  });

  it('answers callers of what they may see, and nothing of the rest', async () => {
    const shop = await get('analytics/performance', as({ namespaces: ['shop'] }));
    expect([shop.tasks.created, shop.template_count]).toEqual([2, 1]);
    const { errors } = await get('analytics/bottlenecks', as({ namespaces: ['shop'] }));
    expect(errors).toMatchObject({ total: 2, patterns: 1 });
    const others = await get('analytics/performance?namespace=bank', as({ namespaces: ['shop'] }));
    expect(others).toMatchObject({ tasks: { created: 0 }, templates: [], series: [] });
    const noAuditor = await get('analytics/performance?namespace=bank');
    expect(noAuditor.tasks.created).toBe(2);
    expect((await get('analytics/performance?namespace=bank', as())).tasks.created).toBe(1);
    await get('analytics/performance', as({ permissions: ['tasker.task:index'] }), 403);
  });

  it.each([
    ['window=1', 'window'],
    ['window=400d', 'window'],
    ['window=soon', 'window'],
    ['window=1h&from=2026-01-01T00:00:00Z', 'window'],
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['from=2020-01-01T00:00:00Z', 'from'],
    ['from=2099-01-01T00:00:00Z', 'from'],
    ['from=yesterday', 'from'],
    ['period=24', 'period'],
  ])('refuses ?%s, and says what is wrong', async (query, path) => {
    for (const report of ['performance', 'bottlenecks']) {
      const problem = await get(`analytics/${report}?${query}`, EVERYBODY, 400);
      expect(problem).toMatchObject({ code: 'request_invalid', errors: [{ path }] });
    }
  });

  it('says nothing where nothing happened, and makes no rates of it', async () => {
    const longAgo = new Date(Date.now() - 100 * 86_400_000).toISOString();
    const { tasks, steps, templates, series } = await get(`analytics/performance?to=${longAgo}&window=1d`);
    expect(tasks).toMatchObject({ completed: 0, completion_rate: null, duration_seconds: { count: 0, p95: null } });
    expect(steps).toMatchObject({ attempts: 0, success_rate: null, retry_success_rate: null });
    expect([templates, series]).toEqual([[], []]);
  });

  it('analyzes the dependencies of a task', async () => {
    const { dependency_analysis: done, steps } = await get(`tasks/${order}?include=dependencies`);
    expect(steps).toHaveLength(4);
    expect(done).toMatchObject({
      levels: [['price'], ['stock', 'notes'], ['charge']],
      parallelism: { levels: 3, max_width: 2, average_width: 1.33 },
      ready_steps: [],
      running_steps: [],
      blocked_steps: [],
      error_chains: [],
    });
    const path = done.critical_path.steps.map(({ name }: { name: string }) => name);
    expect([path[0], path[2]]).toEqual(['price', 'charge']);
    expect(done.critical_path.finished).toBe(true);
    expect(done.critical_path.duration_seconds).toBeGreaterThanOrEqual(0.065);

    const { dependency_analysis: failed } = await get(`tasks/${transfer}?include=dependencies`);
    expect(failed).toMatchObject({
      blocked_steps: ['confirm'],
      error_chains: [
        { step: 'book', status: 'error', error_code: 'HTTP_404', blocked_count: 1, blocked_steps: ['confirm'] },
      ],
      critical_path: { finished: false },
    });
    expect(await get(`tasks/${transfer}?include=steps`)).not.toHaveProperty('dependency_analysis');
  });
});
