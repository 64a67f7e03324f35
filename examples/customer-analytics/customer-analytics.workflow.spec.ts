import { TaskerTestingModule, type TaskerTesting, type TaskRun } from 'nest-tasker/testing';
import type { LocalService } from '../support/local-service.js';
import { until } from '../support/until.js';
import { CustomerAnalyticsModule } from './customer-analytics.module.js';
import { DashboardService } from './services/dashboard.service.js';
import { CrmSystem, DataWarehouse, InventorySystem } from './services/sources.js';
import { TeamNotifications } from './services/team-notifications.service.js';
import type { ExtractionMetadata } from './step-handlers/extraction.handler.js';
import type { InsightsResult } from './step-handlers/generate-insights.handler.js';
import type { CustomerMetricsResult } from './step-handlers/transform-customer-metrics.handler.js';
import type { ProductMetricsResult } from './step-handlers/transform-product-metrics.handler.js';

const ANALYTICS = { namespace: 'blog_examples', name: 'customer_analytics', version: '1.0.0' };
const STEPS = [
  ...['extract_orders', 'extract_users', 'extract_products'],
  ...['transform_customer_metrics', 'transform_product_metrics'],
  ...['generate_insights', 'update_dashboard', 'send_notifications'],
];
const HALF_A_YEAR = { start_date: '2026-01-01', end_date: '2026-06-30' };

let tasker: TaskerTesting;
let warehouse: DataWarehouse;
let crm: CrmSystem;
let inventory: InventorySystem;
let dashboard: DashboardService;
let chat: TeamNotifications;
let services: LocalService[];

beforeAll(async () => {
  tasker = await TaskerTestingModule.create({ imports: [CustomerAnalyticsModule] });
  [warehouse, crm, inventory] = [tasker.get(DataWarehouse), tasker.get(CrmSystem), tasker.get(InventorySystem)];
  [dashboard, chat] = [tasker.get(DashboardService), tasker.get(TeamNotifications)];
  services = [warehouse, crm, inventory, dashboard, chat];
});
afterAll(() => tasker?.close());
beforeEach(async () => {
  await tasker.cleanup();
  for (const service of services) service.reset();
});

/** Runs the pipeline to its end, over half a year where nothing else is said. */
const analyze = (context: object = {}) =>
  tasker.runTask({ ...ANALYTICS, context: { date_range: HALF_A_YEAR, ...context } });

const completed = (task: TaskRun) => STEPS.filter((step) => task.statuses[step] === 'complete');
const readingOf = (task: TaskRun, step: string) =>
  task.results<{ extraction_metadata: ExtractionMetadata }>(step).extraction_metadata;
const insightsOf = (task: TaskRun) => task.results<InsightsResult>('generate_insights').insights;

describe('customer_analytics', () => {
  it('reads three sources, and completes eight of eight steps', async () => {
    const task = await analyze();

    expect(task).toMatchObject({ status: 'complete', completionPercentage: 100 });
    expect(completed(task)).toEqual(STEPS);
    expect(
      task.steps.map(({ name, attempts, retryLimit, dependsOn }) => [name, attempts, retryLimit, dependsOn]),
    ).toEqual([
      ['extract_orders', 1, 3, []],
      ['extract_users', 1, 5, []],
      ['extract_products', 1, 3, []],
      ['transform_customer_metrics', 1, 2, ['extract_orders', 'extract_users']],
      ['transform_product_metrics', 1, 2, ['extract_orders', 'extract_products']],
      ['generate_insights', 1, 3, ['transform_customer_metrics', 'transform_product_metrics']],
      ['update_dashboard', 1, 3, ['generate_insights']],
      ['send_notifications', 1, 5, ['update_dashboard']],
    ]);
    expect(insightsOf(task)).toMatchObject({ period: HALF_A_YEAR, orders: 720, customer_segments: { inactive: 30 } });
    expect(task.results('update_dashboard')).toMatchObject({
      dashboard_update: { dashboard_id: 'executive', version: 1 },
    });
    expect(task.results('send_notifications')).toMatchObject({ notifications_sent: 1 });
    expect(dashboard.dashboards.get('executive')!.content).toMatchObject({ insights: insightsOf(task) });
    expect(chat.messages).toMatchObject([
      { channel: '#data-team', text: expect.stringContaining('Win back the 30 customers who have not ordered.') },
    ]);
  });

  it('adds up to what the orders say', async () => {
    const task = await analyze();
    const { customer_metrics } = task.results<CustomerMetricsResult>('transform_customer_metrics');
    const { product_metrics } = task.results<ProductMetricsResult>('transform_product_metrics');
    const cents = (amounts: number[]) => Math.round(amounts.reduce((sum, amount) => sum + amount, 0) * 100);

    const sold = cents(warehouse.records.map(({ total }) => total));
    expect(cents(customer_metrics.map(({ lifetime_value }) => lifetime_value))).toBe(sold);
    expect(cents(product_metrics.map(({ revenue }) => revenue))).toBe(sold);
    expect(cents([insightsOf(task).revenue])).toBe(sold);
    const [best] = insightsOf(task).top_customers;
    const orders = warehouse.records.filter(({ customer_id }) => customer_id === best!.customer_id);
    expect(customer_metrics.find(({ customer_id }) => customer_id === best!.customer_id)).toMatchObject({
      total_orders: orders.length,
      segment: 'vip',
      last_order_date: orders
        .map(({ order_date }) => order_date)
        .sort()
        .at(-1),
    });
  });

  it('gives up a source that does not answer for half an hour, and asks again', async () => {
    warehouse.delay('/orders', { ms: 3_600_000, times: 1 });
    const { taskId } = await tasker.client.createTask({
      ...{ ...ANALYTICS, context: { date_range: { ...HALF_A_YEAR } } },
      ...{ initiator: 'scheduler', reason: 'Weekly figures', sourceSystem: 'scheduler' },
    });
    await until(() => warehouse.calls('/orders').length === 1);
    await tasker.time.advance('31m');
    const task = await tasker.finished(taskId);
    expect(task.status).toBe('complete');
    expect(task.step('extract_orders').attemptHistory!.map(({ outcome }) => outcome)).toEqual([
      'timed_out',
      'succeeded',
    ]);
  });
});

describe('a pipeline that stops', () => {
  it('at a source keeps what the others have given', async () => {
    warehouse.fail('/orders', { status: 503 });
    const task = await analyze();

    expect(task).toMatchObject({ status: 'error', attempts: { extract_orders: 3, transform_customer_metrics: 0 } });
    expect(completed(task)).toEqual(['extract_users', 'extract_products']);
    expect(task.step('extract_orders').error).toMatchObject({ errorCode: 'HTTP_503', retryable: true });
  });

  it('at the dashboard has completed six steps, and goes on from there', async () => {
    dashboard.fail('/dashboards', { status: 500 });
    const stopped = await analyze();
    expect(stopped).toMatchObject({ status: 'error', attempts: { update_dashboard: 3 } });
    expect(completed(stopped)).toHaveLength(6);

    dashboard.reset();
    await tasker.client.retryTask(stopped.taskId, { actor: 'ann', reason: 'The dashboard is back' });
    expect((await tasker.finished(stopped.taskId)).status).toBe('complete');
    expect(warehouse.calls('/orders')).toHaveLength(8);
  });

  it('at the notifications has completed seven', async () => {
    chat.fail('/channels', { status: 503 });
    const task = await analyze();
    expect(task).toMatchObject({ status: 'error', attempts: { send_notifications: 5 } });
    expect(completed(task)).toEqual(STEPS.slice(0, 7));
    expect(dashboard.dashboards.get('executive')!.version).toBe(1);
  });

  it.each([
    ['extract_orders', () => warehouse, 401, 'WAREHOUSE_AUTH_FAILED'],
    ['extract_users', () => crm, 403, 'CRM_AUTH_FAILED'],
    ['extract_products', () => inventory, 401, 'INVENTORY_AUTH_FAILED'],
    ['extract_users', () => crm, 422, 'INVALID_EXTRACTION_QUERY'],
    ['update_dashboard', () => dashboard, 401, 'DASHBOARD_AUTH_FAILED'],
  ] as const)('at %s does so at once where it is refused', async (step, service, status, errorCode) => {
    service().fail('/', { status });
    const task = await analyze();
    expect(task).toMatchObject({ status: 'error', attempts: { [step]: 1 } });
    expect(task.step(step).error).toMatchObject({ errorCode, retryable: false });
  });

  it.each([
    ['no period', { date_range: undefined }, 'context.date_range'],
    ['no start', { date_range: { end_date: '2026-06-30' } }, 'context.date_range.start_date'],
    ['no end', { date_range: { start_date: '2026-01-01' } }, 'context.date_range.end_date'],
    [
      'a day that there is not',
      { date_range: { ...HALF_A_YEAR, end_date: '2026-02-30' } },
      'context.date_range.end_date',
    ],
    ['an unknown mode', { processing_mode: 'magic' }, 'context.processing_mode'],
    ['a channel that is none', { notification_channels: ['data-team'] }, 'context.notification_channels[0]'],
    ['no channel', { notification_channels: [] }, 'context.notification_channels'],
  ])('before it begins, with %s', async (_, context, path) => {
    await expect(analyze(context)).rejects.toMatchObject({
      code: 'context_invalid',
      findings: [expect.objectContaining({ path })],
    });
    expect(services.flatMap((service) => service.calls())).toEqual([]);
  });

  it('before it begins, with a period that ends before it starts', async () => {
    const backwards = { date_range: { start_date: '2026-02-01', end_date: '2026-01-01' } };
    await expect(analyze(backwards)).rejects.toThrow('The start_date of the date_range is after its end_date');
  });
});

describe('quality_thresholds', () => {
  const twoDays = { date_range: { start_date: '2026-01-01', end_date: '2026-01-02' } };

  it('stop what would be said of too few orders', async () => {
    const task = await analyze(twoDays);
    expect(task.status).toBe('error');
    expect(task.step('transform_customer_metrics')).toMatchObject({
      attempts: 1,
      error: {
        errorCode: 'INSUFFICIENT_DATA',
        context: { threshold: 'min_order_records', limit: 50, found: expect.any(Number) },
      },
    });
    expect(task.step('transform_product_metrics').error).toMatchObject({ errorCode: 'INSUFFICIENT_DATA' });
  });

  it('may be lowered for a task', async () => {
    const task = await analyze({ ...twoDays, quality_thresholds: { min_order_records: 1 } });
    expect(task.status).toBe('complete');
    expect(insightsOf(task).orders).toBeLessThan(50);
  });

  it('stop what would be said of too few customers', async () => {
    crm.records.length = 99;
    const task = await analyze();
    expect(task.step('transform_customer_metrics').error).toMatchObject({
      errorCode: 'INSUFFICIENT_DATA',
      context: { threshold: 'min_customer_records', limit: 100, found: 99 },
    });
    expect(task.statuses.transform_product_metrics).toBe('complete');
  });

  it('stop what would be said of records with too many holes', async () => {
    for (const customer of crm.records) customer.country = null;
    const task = await analyze();
    expect(task.step('transform_customer_metrics').error).toMatchObject({
      errorCode: 'INSUFFICIENT_DATA',
      context: { threshold: 'max_null_percentage', limit: 0.05, records: 'customers' },
    });
  });
});

describe('the sources', () => {
  it.each([
    ['standard', 8, 'one after the other'],
    ['high_memory', 1, 'at once'],
    ['distributed', 8, 'four at a time'],
  ] as const)('are read in the mode %s: %i pages of orders, %s', async (processing_mode, pages, how) => {
    const ms = 150;
    if (how === 'four at a time') warehouse.delay('/orders', { ms });
    const task = await analyze({ processing_mode });

    expect(task.status).toBe('complete');
    expect(readingOf(task, 'extract_orders')).toMatchObject({ processing_mode, records: 720, pages });
    expect(warehouse.calls('/orders')).toHaveLength(pages);
    const { startedAt, completedAt } = task.step('extract_orders');
    if (how === 'four at a time') expect(completedAt!.getTime() - startedAt!.getTime()).toBeLessThan(pages * ms);
  });

  it('answer from their snapshots, unless they are to look again', async () => {
    const first = await analyze();
    warehouse.records.push({ ...warehouse.records[0]!, order_id: 99_999 });
    const second = await analyze();
    const third = await analyze({ force_refresh: true });

    expect([first, second, third].map((task) => readingOf(task, 'extract_orders'))).toMatchObject([
      { records: 720, fresh: true },
      { records: 720, fresh: false },
      { records: 721, fresh: true },
    ]);
  });

  it('may fail four times where they are flaky', async () => {
    crm.fail('/customers', { status: 502, times: 4 });
    const task = await analyze();
    expect(task).toMatchObject({ status: 'complete', attempts: { extract_users: 5 } });
  });
});

describe('what is told', () => {
  it('is when a source is read, that it was, and what is done', async () => {
    const task = await analyze();
    const published = tasker.events.of('blog_examples.*', { task_id: task.taskId });
    const told = (event: string, step: string) =>
      published.filter((one) => one.event === event && one.step_name === step);

    expect(told('blog_examples.data_extraction_started', 'extract_orders')).toMatchObject([
      {
        source: 'analytics_warehouse',
        processing_mode: 'standard',
        ...HALF_A_YEAR,
        correlation_id: task.correlationId,
      },
    ]);
    expect(told('blog_examples.data_extraction_completed', 'extract_products')).toMatchObject([
      { source: 'analytics_inventory', records: 40, pages: 1 },
    ]);
    const milestones = published.filter(({ event }) => event === 'blog_examples.pipeline_milestone_reached');
    expect(milestones).toMatchObject([
      { milestone: 'insights_generated', detail: { orders: 720 } },
      { milestone: 'dashboard_updated', detail: { version: 1 } },
      { milestone: 'stakeholders_notified', detail: { channels: 1 } },
    ]);
  });

  it('is every attempt that could not read a source', async () => {
    crm.fail('/customers', { status: 502, times: 2 });
    const { taskId } = await analyze();
    expect(tasker.events.of('blog_examples.data_extraction_failed', { task_id: taskId })).toMatchObject(
      Array(2).fill({ source: 'analytics_crm', error_code: 'HTTP_502', retryable: true }),
    );
  });

  it('goes to every channel once, though one of them is limited for a minute', async () => {
    chat.rateLimit('/channels/%23sales', { retryAfter: 60, times: 1 });
    const task = await analyze({ notification_channels: ['#data-team', '#sales', '@ann'] });

    expect(task).toMatchObject({ status: 'complete', attempts: { send_notifications: 2 } });
    const [first, second] = task.step('send_notifications').attemptHistory!;
    expect(second!.startedAt!.getTime() - first!.completedAt!.getTime()).toBeGreaterThanOrEqual(60_000);
    expect(chat.messages.map(({ channel }) => channel)).toEqual(['#data-team', '#sales', '@ann']);
    expect(chat.calls('/channels')).toHaveLength(5);
  });

  it('is how far a task came, in its annotations', async () => {
    dashboard.fail('/dashboards', { status: 403 });
    const { taskId } = await analyze();
    await until(async () => (await tasker.look(taskId)).annotations !== null);
    expect((await tasker.look(taskId)).annotations).toEqual({
      outcome: 'stopped',
      records_read: { orders: 720, users: 150, products: 40 },
      completed_steps: 6,
      stopped_at: ['update_dashboard'],
    });
  });
});
