import type { INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { TaskerClient, TaskerModule } from 'nest-tasker';
import { createTestDatabase } from '../../test/support/database.js';
import { ApiIntegrationModule } from './api-integration.module.js';
import { EcommerceService } from './ecommerce/ecommerce.service.js';

const ONE_EACH = { fetch_cart: 1, fetch_products: 1, validate_products: 1, create_order: 1, publish_event: 1 };

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let app: INestApplicationContext;
let client: TaskerClient;
let service: EcommerceService;

beforeAll(async () => {
  database = await createTestDatabase();
  const module = await Test.createTestingModule({
    imports: [TaskerModule.forRoot({ database: { url: database.url }, environment: 'test' }), ApiIntegrationModule],
  }).compile();
  app = await module.init();
  client = app.get(TaskerClient);
  service = app.get(EcommerceService);
});
afterAll(async () => {
  await app?.close();
  await database?.drop();
});
beforeEach(() => service.reset());

const request = (context: Record<string, number>) => ({
  name: 'api_integration_task',
  context,
  initiator: 'web_interface',
  reason: 'Process new order',
  sourceSystem: 'ecommerce',
});

/** Runs the workflow for a cart to its end, and shows what became of it. */
async function order(cartId: number) {
  const { taskId } = await client.createTask(request({ cart_id: cartId }));
  return outcomeOf(taskId);
}

async function outcomeOf(taskId: string) {
  await client.waitFor(taskId, { timeoutMs: 20_000 });
  const task = await client.getTask(taskId, { include: ['steps', 'attempts'] });
  const steps = task.steps ?? [];
  return {
    status: task.status,
    attempts: Object.fromEntries(steps.map(({ name, attempts }) => [name, attempts])),
    step: (name: string) => {
      const found = steps.find((step) => step.name === name);
      if (!found) throw new Error(`The task has no step ${name}`);
      return found;
    },
    outcomesOf: (name: string) =>
      steps.find((step) => step.name === name)?.attemptHistory?.map(({ outcome }) => outcome) ?? [],
  };
}

describe('api_integration_task', () => {
  it('orders a cart: five steps, one attempt each', async () => {
    const { status, attempts, step } = await order(123);

    expect(status).toBe('complete');
    expect(attempts).toEqual(ONE_EACH);
    expect(step('create_order').results).toMatchObject({ order_id: 123, status: 'placed_pending_fulfillment' });
    expect(step('publish_event').results).toMatchObject({
      published: true,
      publish_results: { published_to: 'SQS', published_status: 'success' },
    });
    expect([...service.shop.orders.keys()]).toEqual([123]);
    expect(service.shop.messages).toMatchObject([{ event: 'ExampleOrderCreated', payload: { order_id: 123 } }]);
  });

  it('sends one correlation id with every call of a task', async () => {
    await order(5);
    const ids = service.calls().map(({ correlationId }) => correlationId);
    expect(ids).toHaveLength(4);
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).toBeTruthy();
  });

  it('refuses a context without a cart, before anything runs', async () => {
    await expect(client.createTask(request({}))).rejects.toMatchObject({ code: 'context_invalid' });
    expect(service.calls()).toEqual([]);
  });

  it('ends in error after one attempt where there is no such cart', async () => {
    const { status, step, outcomesOf } = await order(999);

    expect(status).toBe('error');
    expect(outcomesOf('fetch_cart')).toEqual(['failed']);
    expect(step('fetch_cart')).toMatchObject({ status: 'error', attempts: 1, error: { errorCode: 'HTTP_404' } });
    expect(step('fetch_products').status).toBe('complete');
    expect(step('validate_products')).toMatchObject({ status: 'pending', attempts: 0 });
  });

  it('tries only the step again whose service is down', async () => {
    service.fail('/products', { status: 503, times: 2 });
    const { status, attempts, outcomesOf } = await order(2);

    expect(status).toBe('complete');
    expect(attempts).toEqual({ ...ONE_EACH, fetch_products: 3 });
    expect(outcomesOf('fetch_products')).toEqual(['failed', 'failed', 'succeeded']);
    expect(service.calls('/products').map((call) => call.status)).toEqual([503, 503, 200]);
    expect(service.calls('/carts')).toHaveLength(1);
  });

  it('does not come back before the Retry-After of a service that limits its callers', async () => {
    service.rateLimit('/carts', { retryAfter: 2, times: 1 });
    const { taskId } = await client.createTask(request({ cart_id: 3 }));
    const waiting = await stepThatWaits(taskId, 'fetch_cart');
    const failedAt = new Date(waiting.attemptHistory![0]!.completedAt!).getTime();
    // The service counts whole seconds from its answer, which the attempt's end can only follow.
    expect(new Date(waiting.nextRetryAt!).getTime() - failedAt).toBeGreaterThanOrEqual(1_900);

    const { status, attempts, step } = await outcomeOf(taskId);
    expect(status).toBe('complete');
    expect(attempts).toEqual({ ...ONE_EACH, fetch_cart: 2 });
    const again = new Date(step('fetch_cart').attemptHistory![1]!.startedAt!).getTime();
    expect(again).toBeGreaterThanOrEqual(new Date(waiting.nextRetryAt!).getTime());
  });

  it('does not order twice when the answer to an order is lost', async () => {
    service.loseAnswer('/orders', { times: 1 });
    const { status, attempts, step } = await order(4);

    expect(status).toBe('complete');
    expect(attempts).toEqual({ ...ONE_EACH, create_order: 2 });
    expect(service.shop.orders.size).toBe(1);
    expect(step('create_order').results).toMatchObject({ order_id: 4 });
    const keys = service.calls('/orders').map(({ idempotencyKey }) => idempotencyKey);
    expect(keys).toHaveLength(2);
    expect(keys[0]).toBe(keys[1]);
  });

  it('orders nothing where a product is out of stock', async () => {
    const sold = service.shop.carts.get(6)!.products[0]!.id;
    service.setStock(sold, 0);
    const { status, step } = await order(6);

    expect(status).toBe('error');
    expect(step('validate_products')).toMatchObject({ attempts: 1, error: { errorCode: 'PRODUCT_OUT_OF_STOCK' } });
    expect(step('create_order').attempts).toBe(0);
    expect(service.calls('/orders')).toEqual([]);
  });

  it('publishes after the queue has failed once, without ordering again', async () => {
    service.fail('/events', { status: 500, times: 1 });
    const { status, attempts } = await order(7);

    expect(status).toBe('complete');
    expect(attempts).toEqual({ ...ONE_EACH, publish_event: 2 });
    expect(service.shop.messages).toHaveLength(1);
    expect(service.calls('/orders')).toHaveLength(1);
  });
});

/** The step, as it stands while it waits for its next attempt. */
async function stepThatWaits(taskId: string, name: string) {
  for (const until = Date.now() + 10_000; Date.now() < until;) {
    const { steps } = await client.getTask(taskId, { include: ['steps', 'attempts'] });
    const found = steps?.find((step) => step.name === name && step.status === 'waiting_for_retry');
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`Step ${name} has not come to wait for a retry`);
}
