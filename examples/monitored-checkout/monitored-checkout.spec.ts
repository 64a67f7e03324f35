import type { JsonObject } from 'nest-tasker';
import { MockHandler, TaskerTestingModule, type TaskerTesting } from 'nest-tasker/testing';
import { CheckoutBackend } from './backend/checkout-backend.service.js';
import { MonitoredCheckoutModule } from './monitored-checkout.module.js';
import { BusinessMetricsSubscriber } from './monitoring/business-metrics.subscriber.js';
import { CheckoutAlerts } from './monitoring/checkout-alerts.js';
import { MonitoringController } from './monitoring/monitoring.controller.js';
import { PerformanceMonitoringSubscriber } from './monitoring/performance-monitoring.subscriber.js';
import { RollingWindow } from './monitoring/rolling-window.js';

const NAME = { namespace: 'blog_examples', name: 'monitored_checkout' };
const LABELS = { namespace: NAME.namespace, task_name: NAME.name };
const CHECKOUT = {
  cart_items: [
    { sku: 'MUG-1', price: 19.99, quantity: 2 },
    { sku: 'TEA-7', price: 4.5, quantity: 1 },
  ],
  payment_method: 'credit_card',
  customer_id: 'cust_1',
  customer_tier: 'gold',
  customer_email: 'ann@example.org',
};
const ofPrice = (price: number): JsonObject => ({ cart_items: [{ sku: 'SOFA-1', price, quantity: 1 }] });

/** Alerts are errors in the log. */
const SILENT = { log: () => undefined, error: () => undefined, warn: () => undefined };

let tasker: TaskerTesting;
let backend: CheckoutBackend;
let business: BusinessMetricsSubscriber;
let performance: PerformanceMonitoringSubscriber;
let alerts: CheckoutAlerts;

beforeAll(async () => {
  tasker = await TaskerTestingModule.create({ imports: [MonitoredCheckoutModule], logger: SILENT });
  backend = tasker.get(CheckoutBackend);
  business = tasker.get(BusinessMetricsSubscriber);
  performance = tasker.get(PerformanceMonitoringSubscriber);
  alerts = tasker.get(CheckoutAlerts);
});
afterAll(() => tasker?.close());
beforeEach(() => {
  backend.reset();
  alerts.clear();
});

const checkOut = (changes: JsonObject = {}) => tasker.runTask({ ...NAME, context: { ...CHECKOUT, ...changes } });
/** The alerts about single checkouts. */
const alertNames = () => alerts.list().flatMap(({ name }) => (name.includes('error_rate') ? [] : [name]));

/** Subscribers take their time: until what they are to have seen is there. */
async function eventually(holds: () => void): Promise<void> {
  for (const until = Date.now() + 5_000; ;) {
    try {
      return holds();
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

/** Whether the counters grow by so much by what is done. */
async function expectGrowth(
  { metrics }: Pick<BusinessMetricsSubscriber, 'metrics'>,
  expected: [name: string, labels: Record<string, string>, by: number][],
  act: () => Promise<unknown>,
): Promise<void> {
  const values = () => expected.map(([name, labels]) => metrics.counterOf(name, labels));
  const before = values();
  await act();
  await eventually(() => {
    const grown = values().map((value, n) => [expected[n]![0], Math.round((value - before[n]!) * 100) / 100]);
    expect(grown).toEqual(expected.map(([name, , by]) => [name, by]));
  });
}

describe('performance monitoring', () => {
  const rate = () => performance.gauges().find(({ name }) => name === 'task_error_rate_percent')?.value;

  // the first of all: it counts on how many have run
  it('tells once when more than a tenth of the latest tasks fail, and once when that is over', async () => {
    await Promise.all(Array.from({ length: 9 }, () => checkOut()));
    await checkOut({ payment_method: 'test_declined' });
    await eventually(() => expect(rate()).toBe(10));
    expect(alerts.list().filter(({ name }) => name.includes('error_rate'))).toEqual([]);

    await checkOut({ payment_method: 'test_declined' });
    await eventually(() => expect(rate()).toBeCloseTo(200 / 11));
    await Promise.all(Array.from({ length: 9 }, () => checkOut()));
    await eventually(() => expect(rate()).toBe(10));
    expect(alerts.list().filter(({ name }) => name.includes('error_rate'))).toMatchObject([
      { name: 'high_error_rate', severity: 'critical', facts: { namespace: 'blog_examples', tasks: 11 } },
      { name: 'error_rate_normal', severity: 'info', facts: { tasks: 20, error_rate_percent: 10 } },
    ]);
    expect(performance.metrics.counterOf('task_failures_total', LABELS)).toBe(2);
  });

  it('counts retries and failures of steps', async () => {
    const step = { ...LABELS, step_name: 'create_order' };
    const grown: [string, Record<string, string>, number][] = [
      ['step_retries_total', step, 1],
      ['step_failures_total', { ...step, error_class: 'RetryableError' }, 1],
    ];
    backend.fail('/orders', { status: 503, times: 2 });
    await expectGrowth(performance, grown, () => checkOut());
  });

  it('averages what tasks really took', async () => {
    const { observations } = performance.metrics.snapshot();
    const tasks = observations.filter(({ name }) => name === 'task_execution_duration_seconds');
    const [sum, count] = [tasks.reduce((all, one) => all + one.sum, 0), tasks.reduce((all, one) => all + one.count, 0)];
    const average = performance.gauges().find(({ name }) => name === 'namespace_avg_execution_seconds')!;
    expect(count).toBeGreaterThan(20);
    expect(average.value).toBeCloseTo(sum / count, 6);
  });

  it('holds each checkout to the seconds that its template promises', async () => {
    await expectGrowth(performance, [['sla_compliance_total', { ...LABELS, met: 'true' }, 1]], () => checkOut());
    backend.rateLimit('/emails', { retryAfter: 60, times: 1 });
    await expectGrowth(performance, [['sla_compliance_total', { ...LABELS, met: 'false' }, 1]], () => checkOut());
    expect(alerts.list().at(-1)).toMatchObject({
      name: 'sla_missed',
      severity: 'critical',
      facts: { sla_seconds: 45 },
    });
  });
});

describe('business metrics', () => {
  it('count conversions, revenue and payments', async () => {
    const gold = { customer_tier: 'gold' };
    const grown: [string, Record<string, string>, number][] = [
      ['checkout_conversions_total', gold, 1],
      ['revenue_processed', gold, 44.48],
      ['payments_processed_total', {}, 1],
      ['payment_volume', {}, 44.48],
      ['checkout_failures_total', { failed_step: 'process_payment', error_code: 'PAYMENT_DECLINED' }, 0],
    ];
    await expectGrowth(business, grown, () => checkOut());
  });

  it('count failures by step, and what is lost with them', async () => {
    const grown: [string, Record<string, string>, number][] = [
      ['checkout_failures_total', { failed_step: 'process_payment', error_code: 'PAYMENT_DECLINED' }, 1],
      ['revenue_loss', { failed_step: 'process_payment' }, 44.48],
      ['revenue_processed', { customer_tier: 'gold' }, 0],
    ];
    await expectGrowth(business, grown, () => checkOut({ payment_method: 'test_declined' }));
    expect(alerts.list()).toContainEqual(
      expect.objectContaining({
        name: 'checkout_failed',
        severity: 'critical',
        facts: { task_id: expect.any(String), failed_step: 'process_payment' },
      }),
    );
  });

  it('tell of orders above 1000 and losses above 500', async () => {
    await checkOut(ofPrice(1_000));
    await checkOut(ofPrice(1_000.01));
    await eventually(() => expect(alertNames()).toEqual(['high_value_order']));
    alerts.clear();
    await checkOut({ ...ofPrice(500.01), payment_method: 'test_declined' });
    await eventually(() => expect(alertNames()).toEqual(['large_loss', 'checkout_failed']));
    expect(alerts.list().find(({ name }) => name === 'large_loss')!.facts).toMatchObject({
      loss: 500.01,
      failed_step: 'process_payment',
    });
  });

  it('know how long steps take, and which are slow', async () => {
    let letOn = (): void => undefined;
    const held = new Promise<void>((resolve) => (letOn = resolve));
    const payment = new MockHandler(async (_context, { real }) => {
      await held;
      return real();
    });
    tasker.mocks.set({ process_payment: payment });
    const request = { ...NAME, context: CHECKOUT, initiator: 'test', reason: 'test', sourceSystem: 'test' };
    const { taskId } = await tasker.client.createTask(request);
    await eventually(() => expect(payment.callCount).toBe(1));
    await tasker.time.advance('6s');
    letOn();
    await tasker.client.waitFor(taskId, { timeoutMs: 10_000 });
    tasker.mocks.remove('process_payment');

    await eventually(() =>
      expect(business.metrics.counterOf('slow_steps_total', { step_name: 'process_payment' })).toBe(1),
    );
    const { observations } = business.metrics.snapshot();
    const payments = observations.find(({ name }) => name === 'payment_processing_duration_seconds')!;
    expect(payments.max).toBeGreaterThan(6);
    const steps = observations.filter(({ name }) => name === 'step_execution_duration_seconds');
    expect(steps.map(({ labels }) => labels.step_name)).toHaveLength(5);
  });
});

describe('monitored_checkout', () => {
  it('takes an order in five steps', async () => {
    const task = await checkOut();
    expect(task.status).toBe('complete');
    expect(task.steps.map(({ name, retryLimit, attempts }) => [name, retryLimit, attempts])).toEqual([
      ['validate_cart', 2, 1],
      ['process_payment', 3, 1],
      ['update_inventory', 2, 1],
      ['create_order', 2, 1],
      ['send_confirmation', 3, 1],
    ]);
    expect(task.results('validate_cart')).toMatchObject({
      cart_total: 44.48,
      item_count: 3,
      monitoring: { sla_seconds: 45 },
    });
    expect(task.results('create_order')).toMatchObject({ status: 'confirmed', total_amount: 44.48 });
    expect(backend.emails).toMatchObject([{ to: 'ann@example.org', total_amount: 44.48 }]);
  });

  it.each([
    ['EMPTY_CART', { cart_items: [] }, 'validate_cart'],
    ['INVALID_CART_ITEM', { cart_items: [{ sku: 'X', price: 1, quantity: 0 }] }, 'validate_cart'],
    ['PAYMENT_DECLINED', { payment_method: 'test_declined' }, 'process_payment'],
    ['OUT_OF_STOCK', { cart_items: [{ sku: 'GONE-1', price: 1, quantity: 1 }] }, 'update_inventory'],
    ['MISSING_EMAIL', { customer_email: '' }, 'send_confirmation'],
  ])('ends for good with %s', async (errorCode, changes, step) => {
    const task = await checkOut(changes);
    expect(task.status).toBe('error');
    expect(task.step(step)).toMatchObject({ status: 'error', attempts: 1, error: { errorCode } });
  });

  it('has its subscribers subscribed', () => {
    expect(tasker.get(MonitoringController).show()).toMatchObject({
      business: { counters: expect.any(Array) },
      performance: { gauges: expect.any(Array) },
    });
  });
});

describe('RollingWindow', () => {
  it('is about the latest numbers only', () => {
    const window = new RollingWindow(3);
    expect(window.mean).toBeNull();
    for (const value of [100, 1, 2, 6]) window.add(value);
    expect([window.count, window.mean]).toEqual([3, 3]);
  });
});
