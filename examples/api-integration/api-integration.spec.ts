import { Logger } from '@nestjs/common';
import { PermanentError, RetryableError, type StepContext } from 'nest-tasker';
import { EcommerceService } from './ecommerce/ecommerce.service.js';
import { CartFetchStepHandler } from './step-handlers/cart-fetch.step-handler.js';
import { CreateOrderStepHandler } from './step-handlers/create-order.step-handler.js';
import type { OrderContext } from './step-handlers/order-context.js';
import { ProductsFetchStepHandler } from './step-handlers/products-fetch.step-handler.js';
import { ProductsValidateStepHandler } from './step-handlers/products-validate.step-handler.js';
import { PublishEventStepHandler } from './step-handlers/publish-event.step-handler.js';

const service = new EcommerceService();

Logger.overrideLogger(false);
beforeAll(() => service.onModuleInit());
afterAll(() => service.onApplicationShutdown());
beforeEach(() => service.reset());

/** As much of a step's context as these handlers use. */
function contextOf(url: string, results: Record<string, unknown> = {}, cartId = 123): StepContext<OrderContext> {
  return {
    task: { context: { cart_id: cartId }, correlationId: 'corr-1' },
    sequence: { results: (step: string) => results[step] ?? null, names: Object.keys(results) },
    step: { idempotencyKey: `key of ${url}` },
    config: { url, params: { cart_id: 1, test_mode: true } },
    signal: new AbortController().signal,
  } as unknown as StepContext<OrderContext>;
}

/** The results of the two steps that begin the workflow. */
async function fetched(cartId = 123) {
  const [fetch_cart, fetch_products] = await Promise.all([
    new CartFetchStepHandler(service).process(contextOf('/carts', {}, cartId)),
    new ProductsFetchStepHandler(service).process(contextOf('/products')),
  ]);
  return { fetch_cart, fetch_products };
}

describe('fetch_cart', () => {
  it('fetches the cart that the context names, not the sample of the configuration', async () => {
    const { cart } = await new CartFetchStepHandler(service).process(contextOf('/carts'));
    expect(cart).toMatchObject({ id: 123, totalProducts: 5, products: expect.any(Array) });
    expect(service.calls('/carts')).toMatchObject([{ path: '/carts/123', correlationId: 'corr-1' }]);
  });

  it('fails for good where there is no such cart', async () => {
    const process = new CartFetchStepHandler(service).process(contextOf('/carts', {}, 999));
    await expect(process).rejects.toMatchObject({ retryable: false, errorCode: 'HTTP_404' });
  });

  it('fails for good without a url in its configuration', async () => {
    const process = new CartFetchStepHandler(service).process(contextOf(''));
    await expect(process).rejects.toMatchObject({ retryable: false, errorCode: 'CONFIG_INVALID' });
  });
});

describe('fetch_products', () => {
  it('fetches the whole catalogue', async () => {
    const { products } = await new ProductsFetchStepHandler(service).process(contextOf('/products'));
    expect(products).toHaveLength(30);
    expect(products[0]).toMatchObject({ id: 1, title: 'Essence Mascara Lash Princess', price: 9.99, stock: 48_210 });
  });
});

describe('validate_products', () => {
  const validate = (results: Record<string, unknown>) => () =>
    new ProductsValidateStepHandler().process(contextOf('-', results));

  it('answers the products of the cart', async () => {
    const results = await fetched();
    expect(validate(results)()).toEqual({ valid_products: results.fetch_cart.cart.products });
  });

  it('refuses a product that the catalogue does not have', async () => {
    const results = await fetched();
    const missing = results.fetch_cart.cart.products[0]!.id;
    results.fetch_products.products = results.fetch_products.products.filter(({ id }) => id !== missing);
    const refusal = {
      retryable: false,
      errorCode: 'PRODUCT_NOT_FOUND',
      context: { cart_id: 123, product_ids: [missing] },
    };
    expect(validate(results)).toThrow(expect.objectContaining(refusal));
  });

  it('refuses a product of which fewer are left than ordered', async () => {
    const { id, quantity } = service.shop.carts.get(123)!.products[0]!;
    service.setStock(id, quantity - 1);
    const refusal = {
      retryable: false,
      errorCode: 'PRODUCT_OUT_OF_STOCK',
      context: { cart_id: 123, product_ids: [id] },
    };
    expect(validate(await fetched())).toThrow(expect.objectContaining(refusal));
  });

  it('refuses an empty cart', async () => {
    const results = await fetched();
    results.fetch_cart.cart.products = [];
    expect(validate(results)).toThrow(
      expect.objectContaining({ retryable: false, errorCode: 'INVALID_CART_PRODUCTS' }),
    );
  });

  it.each(['fetch_cart', 'fetch_products'])('refuses to go on without the result of %s', async (step) => {
    const refusal = { retryable: false, errorCode: 'MISSING_STEP_RESULTS', context: expect.objectContaining({ step }) };
    expect(validate({ ...(await fetched()), [step]: null })).toThrow(expect.objectContaining(refusal));
  });
});

describe('create_order', () => {
  const place = async (results: Record<string, unknown>) =>
    new CreateOrderStepHandler(service).process(contextOf('/orders', results));

  it('orders at full and at discounted price', async () => {
    const results = await fetched(2);
    const valid_products = results.fetch_cart.cart.products;
    const cents = (amount: number) => Math.round(amount * 100) / 100;
    const sum = (priceOf: (line: (typeof valid_products)[number]) => number) =>
      cents(valid_products.reduce((total, line) => total + line.quantity * priceOf(line), 0));

    expect(await place({ ...results, validate_products: { valid_products } })).toEqual({
      order_id: 2,
      cart_id: 2,
      status: 'placed_pending_fulfillment',
      total: sum(({ price }) => price),
      discounted_total: sum(({ price, discountPercentage }) => price * (1 - discountPercentage / 100)),
    });
  });

  it('answers the first order again, because every attempt has the same idempotency key', async () => {
    const results = await fetched();
    const ready = { ...results, validate_products: { valid_products: results.fetch_cart.cart.products } };
    service.loseAnswer('/orders', { times: 1 });

    await expect(place(ready)).rejects.toMatchObject({ retryable: true, errorCode: 'NETWORK_ERROR' });
    await expect(place(ready)).resolves.toMatchObject({ order_id: 123 });
    expect(service.shop.orders.size).toBe(1);
  });

  it('refuses to go on without validated products', async () => {
    const process = place(await fetched());
    await expect(process).rejects.toMatchObject({ retryable: false, errorCode: 'MISSING_STEP_RESULTS' });
  });
});

describe('publish_event', () => {
  const publish = async (results: Record<string, unknown>) =>
    new PublishEventStepHandler(service).process(contextOf('/events', results));

  it('publishes that the order was created, and keeps the confirmation', async () => {
    expect(await publish({ create_order: { order_id: 123 } })).toEqual({
      published: true,
      publish_results: { message_id: expect.any(String), published_to: 'SQS', published_status: 'success' },
    });
    expect(service.shop.messages).toMatchObject([{ event: 'ExampleOrderCreated', payload: { order_id: 123 } }]);
  });

  it('is tried again while the queue is down', async () => {
    service.fail('/events', { status: 503, times: 1 });
    await expect(publish({ create_order: { order_id: 123 } })).rejects.toMatchObject({ retryable: true });
  });

  it('refuses to go on without an order', async () => {
    await expect(publish({})).rejects.toMatchObject({ retryable: false, errorCode: 'MISSING_STEP_RESULTS' });
  });
});

describe('a call of the e-commerce system', () => {
  /** What the step fails with. */
  async function failure(more: Partial<StepContext<OrderContext>> = {}): Promise<RetryableError | PermanentError> {
    const process = new CartFetchStepHandler(service).process({ ...contextOf('/carts'), ...more });
    const thrown = await process.then(
      () => null,
      (error: RetryableError | PermanentError) => error,
    );
    if (thrown === null) throw new Error('The step has not failed');
    return thrown;
  }

  it('goes to the host of an absolute url', async () => {
    const step = new CartFetchStepHandler(service).process(contextOf(`${service.url}/carts`, {}, 2));
    await expect(step).resolves.toMatchObject({ cart: { id: 2 } });
  });

  it.each([400, 401, 403, 404, 409, 422])('is not made again after %i', async (status) => {
    service.fail('/carts', { status });
    const error = await failure();
    expect(error).toBeInstanceOf(PermanentError);
    expect(error).toMatchObject({ errorCode: `HTTP_${status}`, context: { status, url: `${service.url}/carts/123` } });
  });

  it.each([408, 429, 500, 502, 503, 504])('is made again after %i', async (status) => {
    service.fail('/carts', { status });
    const error = await failure();
    expect(error).toBeInstanceOf(RetryableError);
    expect(error).toMatchObject({ errorCode: `HTTP_${status}`, retryAfter: null });
  });

  it.each([7, 'Wed, 21 Oct 2037 07:28:00 GMT'])('is not made again before the Retry-After %s', async (retryAfter) => {
    service.rateLimit('/carts', { retryAfter });
    expect(await failure()).toMatchObject({ errorCode: 'HTTP_429', retryAfter: String(retryAfter) });
  });

  it('is made again where its answer is lost, or nobody listens', async () => {
    service.loseAnswer('/carts');
    const lost = await failure();
    const gone = new EcommerceService();
    await gone.onModuleInit();
    const { url } = gone;
    await gone.onApplicationShutdown();
    const unreachable = await failure(contextOf(`${url}/carts`));
    for (const error of [lost, unreachable]) {
      expect(error).toBeInstanceOf(RetryableError);
      expect(error).toMatchObject({ errorCode: 'NETWORK_ERROR', errorCategory: 'network' });
    }
  });

  it('ends when the attempt ends, with the reason of the signal', async () => {
    service.delay('/carts', { ms: 5_000 });
    const reason = new Error('attempt timed out');
    const attempt = new AbortController();
    const failed = failure({ signal: attempt.signal });
    attempt.abort(reason);
    expect(await failed).toBe(reason);
  });

  it('does not tell its key where it fails', async () => {
    service.fail('/carts', { status: 500 });
    const { message, context } = await failure({ config: { url: '/carts', params: { api_key: 'top-secret' } } });
    expect(JSON.stringify([message, context])).not.toContain('secret');
  });
});
