import { Logger } from '@nestjs/common';
import { PermanentError, RetryableError } from 'nest-tasker';
import { EcommerceClient, type CallOptions } from './ecommerce.client.js';
import { EcommerceService } from './ecommerce.service.js';
import type { Order } from './shop.js';

const service = new EcommerceService();
const client = new EcommerceClient(service);
const options = (more: Partial<CallOptions> = {}): CallOptions => ({
  correlationId: 'corr-1',
  signal: new AbortController().signal,
  ...more,
});
const order = { cart_id: 1, products: [{ id: 8, quantity: 2 }] };

Logger.overrideLogger(false);
beforeAll(() => service.onModuleInit());
afterAll(() => service.onApplicationShutdown());
beforeEach(() => service.reset());
afterEach(() => delete process.env.ECOMMERCE_API_KEY);

describe('EcommerceService', () => {
  it('has the carts 1 to 30 and 123, whose products are all in the catalogue and in stock', async () => {
    const { products } = await client.get<{ products: { id: number; stock: number }[] }>('/products', options());
    expect(products).toHaveLength(30);

    const stock = new Map(products.map((product) => [product.id, product.stock]));
    expect([...service.shop.carts.keys()]).toEqual([...Array.from({ length: 30 }, (_, index) => index + 1), 123]);
    for (const cart of service.shop.carts.values()) {
      expect(cart.products.length).toBe(cart.totalProducts);
      expect(new Set(cart.products.map(({ id }) => id)).size).toBe(cart.totalProducts);
      for (const { id, quantity } of cart.products) expect(stock.get(id)).toBeGreaterThan(quantity);
    }
  });

  it('takes an order once per idempotency key, and its pieces from stock once', async () => {
    const before = service.shop.products.get(8)!.stock;
    const first = await client.post<Order>('/orders', order, options({ idempotencyKey: 'key-1' }));
    const again = await client.post<Order>('/orders', order, options({ idempotencyKey: 'key-1' }));
    const other = await client.post<Order>('/orders', order, options({ idempotencyKey: 'key-2' }));

    expect(first.id).toBe(1);
    expect(again).toEqual(first);
    expect(other.id).toBe(1001);
    expect(service.shop.products.get(8)!.stock).toBe(before - 4);
    expect(await client.get(`/orders/${other.id}`, options())).toEqual(other);
  });

  it('refuses an order beyond its stock as a whole', async () => {
    service.setStock(8, 1);
    const attempt = client.post(
      '/orders',
      { cart_id: 1, products: [{ id: 7, quantity: 1 }, ...order.products] },
      options(),
    );
    await expect(attempt).rejects.toMatchObject({ errorCode: 'HTTP_409' });
    expect(service.shop.orders.size).toBe(0);
    expect(service.shop.products.get(7)!.stock).toBe(41_570);
  });

  it('confirms an event once per idempotency key', async () => {
    const message = { event: 'ExampleOrderCreated', payload: { order_id: 1 } };
    const first = await client.post('/events', message, options({ idempotencyKey: 'key-1' }));
    expect(first).toMatchObject({ published_to: 'SQS', published_status: 'success' });
    expect(await client.post('/events', message, options({ idempotencyKey: 'key-1' }))).toEqual(first);
    expect(await client.get('/events', options())).toMatchObject({
      events: [{ ...message, message_id: expect.any(String) }],
    });
  });

  it('asks for an API key only when one is set', async () => {
    process.env.ECOMMERCE_API_KEY = 'right';
    const withKey = (api_key: string) => client.get('/products/1', options({ params: { api_key } }));
    await expect(withKey('wrong')).rejects.toMatchObject({ errorCode: 'HTTP_401', errorCategory: 'authorization' });
    await expect(withKey('right')).resolves.toMatchObject({ id: 1 });
  });

  it('takes switches over HTTP as well', async () => {
    await client.post('/_switches', { kind: 'fail', path: '/carts', status: 500, times: 1 }, options());
    await client.post('/_switches', { kind: 'stock', product_id: 1, stock: 0 }, options());
    await expect(client.get('/carts/1', options())).rejects.toMatchObject({ errorCode: 'HTTP_500' });
    await expect(client.get('/carts/1', options())).resolves.toMatchObject({ id: 1 });
    expect(service.shop.products.get(1)!.stock).toBe(0);

    await client.post('/_switches', { kind: 'reset' }, options());
    expect(service.shop.products.get(1)!.stock).toBe(48_210);
  });

  it.each([
    [{ kind: 'fial', path: '/carts' }],
    [{ kind: 'fail', path: 'carts', status: 500 }],
    [{ kind: 'fail', path: '/carts', status: 200 }],
    [{ kind: 'delay', path: '/carts', ms: 'long' }],
    [{ kind: 'rate_limit', path: '/carts' }],
    [{ kind: 'stock', product_id: 99, stock: 1 }],
  ])('refuses the switch %j', async (body) => {
    await expect(client.post('/_switches', body, options())).rejects.toMatchObject({ errorCode: 'HTTP_400' });
  });
});

describe('EcommerceClient', () => {
  it('sends the idempotency key and the correlation id', async () => {
    await client.post('/orders', order, options({ idempotencyKey: 'key-1' }));
    expect(service.calls('/orders')).toEqual([
      { method: 'POST', path: '/orders', status: 201, idempotencyKey: 'key-1', correlationId: 'corr-1' },
    ]);
  });

  it('uses an absolute URL as it is', async () => {
    await expect(client.get(`${service.url}/carts/2`, options())).resolves.toMatchObject({ id: 2 });
  });

  it.each([400, 401, 403, 404, 409, 422])('takes %i for permanent', async (status) => {
    service.fail('/carts', { status });
    const error = await client.get('/carts/1', options()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PermanentError);
    expect(error).toMatchObject({ errorCode: `HTTP_${status}`, context: { status, path: '/carts/1' } });
  });

  it.each([408, 429, 500, 502, 503, 504])('takes %i for retryable', async (status) => {
    service.fail('/carts', { status });
    const error = await client.get('/carts/1', options()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RetryableError);
    expect(error).toMatchObject({ errorCode: `HTTP_${status}`, retryAfter: null });
  });

  it.each([7, 'Wed, 21 Oct 2037 07:28:00 GMT'])('hands on the Retry-After %s as it came', async (retryAfter) => {
    service.rateLimit('/carts', { retryAfter });
    await expect(client.get('/carts/1', options())).rejects.toMatchObject({
      errorCode: 'HTTP_429',
      errorCategory: 'rate_limit',
      retryAfter: String(retryAfter),
    });
  });

  it('takes a lost answer and an unreachable service for retryable, though fetch throws a TypeError', async () => {
    service.loseAnswer('/carts');
    const lost = await client.get('/carts/1', options()).catch((thrown: unknown) => thrown);
    const gone = new EcommerceService();
    await gone.onModuleInit();
    const { url } = gone;
    await gone.onApplicationShutdown();
    const unreachable = await client.get(`${url}/carts/1`, options()).catch((thrown: unknown) => thrown);
    for (const error of [lost, unreachable]) {
      expect(error).toBeInstanceOf(RetryableError);
      expect(error).toMatchObject({ errorCode: 'NETWORK_ERROR', errorCategory: 'network' });
    }
  });

  it('ends the call when the attempt ends, with the reason of the signal', async () => {
    service.delay('/carts', { ms: 5_000 });
    const reason = new Error('attempt timed out');
    const attempt = new AbortController();
    const call = client.get('/carts/1', options({ signal: attempt.signal }));
    attempt.abort(reason);
    await expect(call).rejects.toBe(reason);
  });

  it('keeps the query string, which may hold a key, out of errors', async () => {
    service.fail('/carts', { status: 500 });
    const error = await client
      .get('/carts/1', options({ params: { api_key: 'top-secret' } }))
      .catch((thrown: RetryableError) => thrown);
    expect(JSON.stringify([(error as RetryableError).message, (error as RetryableError).context])).not.toContain(
      'secret',
    );
  });
});
