import { Logger } from '@nestjs/common';
import type { Json, JsonObject } from 'nest-tasker';
import { runStep, type LoneHandler, type RunStepOptions } from 'nest-tasker/testing';
import { until } from '../support/until.js';
import { DashboardService } from './services/dashboard.service.js';
import { someCustomers, someOrders, someProducts } from './services/records.js';
import { CrmSystem, DataWarehouse, InventorySystem } from './services/sources.js';
import { TeamNotifications } from './services/team-notifications.service.js';
import { nullShare } from './step-handlers/data-quality.js';
import { ExtractOrdersHandler } from './step-handlers/extract-orders.handler.js';
import { ExtractProductsHandler } from './step-handlers/extract-products.handler.js';
import { ExtractUsersHandler } from './step-handlers/extract-users.handler.js';
import { GenerateInsightsHandler } from './step-handlers/generate-insights.handler.js';
import { SendNotificationsHandler } from './step-handlers/send-notifications.handler.js';
import { TransformCustomerMetricsHandler } from './step-handlers/transform-customer-metrics.handler.js';
import { TransformProductMetricsHandler } from './step-handlers/transform-product-metrics.handler.js';
import { UpdateDashboardHandler } from './step-handlers/update-dashboard.handler.js';

const sources = { warehouse: new DataWarehouse(), crm: new CrmSystem(), inventory: new InventorySystem() };
const told = { dashboard: new DashboardService(), chat: new TeamNotifications() };
const services = [...Object.values(sources), ...Object.values(told)];

Logger.overrideLogger(false);
beforeAll(() => Promise.all(services.map((service) => service.onModuleInit())));
afterAll(() => Promise.all(services.map((service) => service.onApplicationShutdown())));
beforeEach(() => services.forEach((service) => service.reset()));

const STEPS = {
  extract_orders: { handler: new ExtractOrdersHandler(sources.warehouse), config: { url: '/orders' } },
  extract_users: { handler: new ExtractUsersHandler(sources.crm), config: { url: '/customers' } },
  extract_products: { handler: new ExtractProductsHandler(sources.inventory), config: { url: '/products' } },
  transform_customer_metrics: { handler: new TransformCustomerMetricsHandler(), config: {} },
  transform_product_metrics: { handler: new TransformProductMetricsHandler(), config: {} },
  generate_insights: { handler: new GenerateInsightsHandler(), config: {} },
  update_dashboard: { handler: new UpdateDashboardHandler(told.dashboard), config: { url: '/dashboards/executive' } },
  send_notifications: { handler: new SendNotificationsHandler(told.chat), config: { url: '/channels' } },
};
const RESULTS = {
  extract_orders: { orders_data: someOrders() },
  extract_users: { users_data: someCustomers() },
  extract_products: { products_data: someProducts() },
  transform_customer_metrics: { customer_metrics: [] },
  transform_product_metrics: { product_metrics: [] },
  generate_insights: { insights: { period: {}, recommendations: [] } },
  update_dashboard: null,
} as unknown as Record<string, Json>;

interface Options extends Omit<RunStepOptions, 'results'> {
  context?: JsonObject;
  results?: Record<string, Json>;
}

function run(name: keyof typeof STEPS, { context, results = {}, ...options }: Options = {}): Promise<object> {
  const { handler, config } = STEPS[name];
  const period = { date_range: { start_date: '2026-01-01', end_date: '2026-06-30' } };
  return runStep(handler as LoneHandler, {
    context: { ...period, notification_channels: ['#data-team'], ...context },
    config,
    results: { ...RESULTS, ...results },
    ...options,
  }) as Promise<object>;
}

describe('a step of customer_analytics', () => {
  it.each<[keyof typeof STEPS, Options, string]>([
    ['extract_orders', { context: { date_range: null } }, 'MISSING_DATE_RANGE'],
    ['extract_orders', { context: { date_range: { end_date: '2026-01-01' } } }, 'MISSING_START_DATE'],
    ['extract_users', { context: { date_range: { start_date: '2026-01-01' } } }, 'MISSING_END_DATE'],
    [
      'extract_users',
      { context: { date_range: { start_date: '1 May', end_date: '2026-06-01' } } },
      'INVALID_DATE_FORMAT',
    ],
    [
      'extract_orders',
      { context: { date_range: { start_date: '2026-02-30', end_date: '2026-06-01' } } },
      'INVALID_DATE_FORMAT',
    ],
    [
      'extract_products',
      { context: { date_range: { start_date: '2026-02-01', end_date: '2026-01-01' } } },
      'INVALID_DATE_RANGE',
    ],
    ['extract_products', { context: { processing_mode: 'toString' } }, 'INVALID_PROCESSING_MODE'],
    ['transform_customer_metrics', { results: { extract_orders: null } }, 'MISSING_ORDERS_DATA'],
    ['transform_customer_metrics', { results: { extract_users: {} } }, 'MISSING_USERS_DATA'],
    ['transform_product_metrics', { results: { extract_orders: {} } }, 'MISSING_ORDERS_DATA'],
    ['transform_product_metrics', { results: { extract_products: null } }, 'MISSING_PRODUCTS_DATA'],
    ['transform_product_metrics', { results: { extract_orders: { orders_data: [] } } }, 'INSUFFICIENT_DATA'],
    ['generate_insights', { results: { transform_customer_metrics: null } }, 'MISSING_CUSTOMER_METRICS'],
    ['generate_insights', { results: { transform_product_metrics: null } }, 'MISSING_PRODUCT_METRICS'],
    ['update_dashboard', { results: { generate_insights: null } }, 'MISSING_INSIGHTS_DATA'],
    ['send_notifications', { results: { generate_insights: null } }, 'MISSING_INSIGHTS_DATA'],
    ['send_notifications', { context: { notification_channels: [] } }, 'MISSING_NOTIFICATION_CHANNELS'],
    ['send_notifications', { context: { notification_channels: ['data team'] } }, 'INVALID_NOTIFICATION_CHANNELS'],
  ])('%s fails for good with %j', async (name, options, errorCode) => {
    await expect(run(name, options)).rejects.toMatchObject({ retryable: false, errorCode });
    expect(services.flatMap((service) => service.calls())).toEqual([]);
  });

  it('reads no further once it was given up', async () => {
    const attempt = new AbortController();
    sources.warehouse.delay('/orders', { ms: 60_000 });
    const reading = run('extract_orders', { signal: attempt.signal });
    void until(() => sources.warehouse.calls().length === 1).then(() => attempt.abort(new Error('given up')));
    await expect(reading).rejects.toThrow('given up');
    expect(sources.warehouse.calls()).toHaveLength(1);
  });
});

describe('nullShare', () => {
  it.each([
    [[], 0],
    [[{ a: 1, b: null }], 0.5],
    [[{ a: 0, b: '' }], 0],
    [[{ a: null }, { a: null }, { a: 1 }, { a: 2 }], 0.5],
  ])('of %j is %d', (records, share) => {
    expect(nullShare(records)).toBe(share);
  });
});
