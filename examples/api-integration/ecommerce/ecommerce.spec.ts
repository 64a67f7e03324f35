import { Logger } from '@nestjs/common';
import { EcommerceService } from './ecommerce.service.js';

/** As much of the service's answers as these facts need. */
type Answer = Record<string, unknown>;

const service = new EcommerceService();

async function get(path: string): Promise<{ status: number; body: Answer }> {
  const response = await fetch(service.url + path);
  return { status: response.status, body: (await response.json()) as Answer };
}

async function post(path: string, body: unknown, key = ''): Promise<{ status: number; body: Answer }> {
  const headers = { 'idempotency-key': key, 'x-correlation-id': 'corr-1' };
  const response = await fetch(service.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: response.status, body: (await response.json()) as Answer };
}

const order = { cart_id: 1, products: [{ id: 8, quantity: 2 }] };

Logger.overrideLogger(false);
beforeAll(() => service.onModuleInit());
afterAll(() => service.onApplicationShutdown());
beforeEach(() => service.reset());
afterEach(() => delete process.env.ECOMMERCE_API_KEY);

describe('EcommerceService', () => {
  it('has the carts 1 to 30 and 123, whose products are all in the catalogue and in stock', async () => {
    const { products } = (await get('/products')).body as { products: { id: number; stock: number }[] };
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
    const { body: first } = await post('/orders', order, 'key-1');
    const { body: again } = await post('/orders', order, 'key-1');
    const { body: other } = await post('/orders', order, 'key-2');

    expect(first.id).toBe(1);
    expect(again).toEqual(first);
    expect(other.id).toBe(1001);
    expect(service.shop.products.get(8)!.stock).toBe(before - 4);
    expect((await get(`/orders/${String(other.id)}`)).body).toEqual(other);
  });

  it('refuses an order beyond its stock as a whole', async () => {
    service.setStock(8, 1);
    const { status } = await post('/orders', { cart_id: 1, products: [{ id: 7, quantity: 1 }, ...order.products] });
    expect(status).toBe(409);
    expect(service.shop.orders.size).toBe(0);
    expect(service.shop.products.get(7)!.stock).toBe(41_570);
  });

  it('confirms an event once per idempotency key', async () => {
    const message = { event: 'ExampleOrderCreated', payload: { order_id: 1 } };
    const { body: first } = await post('/events', message, 'key-1');
    expect(first).toMatchObject({ published_to: 'SQS', published_status: 'success' });
    expect((await post('/events', message, 'key-1')).body).toEqual(first);
    expect((await get('/events')).body).toMatchObject({ events: [{ ...message, message_id: expect.any(String) }] });
  });

  it('asks for an API key only when one is set', async () => {
    process.env.ECOMMERCE_API_KEY = 'right';
    expect((await get('/products/1?api_key=wrong')).status).toBe(401);
    expect((await get('/products/1?api_key=right')).body).toMatchObject({ id: 1 });
  });

  it('takes switches over HTTP as well', async () => {
    await post('/_switches', { kind: 'fail', path: '/carts', status: 500, times: 1 });
    await post('/_switches', { kind: 'stock', product_id: 1, stock: 0 });
    expect((await get('/carts/1')).status).toBe(500);
    expect((await get('/carts/1')).body).toMatchObject({ id: 1 });
    expect(service.shop.products.get(1)!.stock).toBe(0);

    await post('/_switches', { kind: 'reset' });
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
    expect((await post('/_switches', body)).status).toBe(400);
  });

  it('remembers each call, with its idempotency key and its correlation id', async () => {
    await post('/orders', order, 'key-1');
    expect(service.calls('/orders')).toEqual([
      { method: 'POST', path: '/orders', status: 201, idempotencyKey: 'key-1', correlationId: 'corr-1' },
    ]);
  });
});
