import { Logger } from '@nestjs/common';
import type { Json } from 'nest-tasker';
import { runStep } from 'nest-tasker/testing';
import { orderContext, type Changes } from './order.fixture.js';
import { EmailService } from './shop/email.service.js';
import { InventoryService } from './shop/inventory.service.js';
import { OrderStore } from './shop/order.store.js';
import { PaymentSimulator } from './shop/payment-simulator.service.js';
import { totalsOf } from './shop/totals.js';
import { CreateOrderHandler } from './step-handlers/create-order.step-handler.js';
import { ProcessPaymentHandler } from './step-handlers/process-payment.step-handler.js';
import { SendOrderConfirmationHandler } from './step-handlers/send-order-confirmation.step-handler.js';
import { UpdateInventoryHandler } from './step-handlers/update-inventory.step-handler.js';
import { ValidateCartHandler } from './step-handlers/validate-cart.step-handler.js';

const inventory = new InventoryService();
const payments = new PaymentSimulator();
const emails = new EmailService();
const services = [inventory, payments, emails];

Logger.overrideLogger(false);
beforeAll(() => Promise.all(services.map((service) => service.onModuleInit())));
afterAll(() => Promise.all(services.map((service) => service.onApplicationShutdown())));
beforeEach(() => services.forEach((service) => service.reset()));

const permanent = (errorCode: string) => ({ retryable: false, errorCode });
const retryable = (errorCode: string) => ({ retryable: true, errorCode });

const validate = (changes: Changes = {}) =>
  runStep(new ValidateCartHandler(inventory), { context: orderContext(changes), config: { url: '/products' } });

/** What each step has left before the next one. */
const left = {
  validate_cart: { validated_items: [{ product_id: 1, quantity: 2 }], total: 124.76, item_count: 2 },
  process_payment: { payment_id: 'pay_1', amount_charged: 124.76 },
  update_inventory: { total_items_reserved: 2 },
  create_order: { order_number: 'ORD-20260131-00000000', total_amount: 124.76, estimated_delivery: '2026-02-07' },
} satisfies Record<string, Json>;

describe('totalsOf', () => {
  const cents = (...lines: [price: number, quantity: number][]) =>
    totalsOf(lines.map(([price, quantity]) => ({ price, quantity })));

  it('is the reference: 109.97, tax 8.80, shipping 5.99, in all 124.76', () => {
    expect(cents([2_999, 2], [4_999, 1])).toEqual({ subtotal: 10_997, tax: 880, shipping: 599, total: 12_476 });
  });

  it.each([
    [4, 599],
    [5, 999],
    [20, 999],
    [21, 1_499],
  ])('ships %i pieces of half a pound for %i cents', (pieces, shipping) => {
    expect(cents([100, pieces])).toMatchObject({ shipping });
  });
});

describe('validate_cart', () => {
  it('takes names and prices from the catalogue, not from the cart', async () => {
    const cart = await validate({ cart_items: [{ product_id: 1, quantity: 1, price: 0.01, name: 'A bargain' }] });
    expect(cart.validated_items).toEqual([
      { product_id: 1, name: 'Wireless Mouse', price: 29.99, quantity: 1, line_total: 29.99 },
    ]);
  });

  it('does not show binary fractions', async () => {
    const { validated_items, subtotal } = await validate({ cart_items: [{ product_id: 1, quantity: 3 }] });
    expect([validated_items[0]!.line_total, subtotal]).toEqual([89.97, 89.97]);
  });

  it.each([
    ['MISSING_CART_ITEMS', []],
    ['MISSING_PRODUCT_ID', [{ quantity: 1 }]],
    ['INVALID_QUANTITY', [{ product_id: 1, quantity: 0 }]],
    ['INVALID_QUANTITY', [{ product_id: 1, quantity: 1.5 }]],
    ['PRODUCT_NOT_FOUND', [{ product_id: 99, quantity: 1 }]],
    ['PRODUCT_INACTIVE', [{ product_id: 8, quantity: 1 }]],
  ])('refuses for good: %s', async (errorCode, cart_items) => {
    await expect(validate({ cart_items: cart_items as never })).rejects.toMatchObject(permanent(errorCode));
  });

  it('may find more in stock later', async () => {
    const short = validate({ cart_items: [{ product_id: 7, quantity: 3 }] });
    await expect(short).rejects.toMatchObject({
      ...retryable('INSUFFICIENT_STOCK'),
      context: { shortages: [{ product_id: 7, requested: 3, available: 2 }] },
    });
  });
});

describe('process_payment', () => {
  const pay = (changes: Changes = {}, results: Record<string, Json> = left, config = {}) =>
    runStep(new ProcessPaymentHandler(payments), {
      context: orderContext(changes),
      config: { url: '/charges', ...config },
      results,
    });
  const by = (token: string | undefined) => ({ payment_info: { token } });

  it('charges what the cart costs, in cents', async () => {
    expect(await pay()).toEqual({
      payment_id: expect.stringMatching(/^pay_/),
      amount_charged: 124.76,
      currency: 'USD',
      payment_method_type: 'credit_card',
      transaction_id: expect.stringMatching(/^txn_/),
      processed_at: expect.any(String),
      status: 'completed',
    });
    expect(payments.calls('/charges')).toMatchObject([{ status: 201, body: { amount_cents: 12_476 } }]);
  });

  it.each<[string, Changes, Record<string, Json>]>([
    ['MISSING_PAYMENT_METHOD', { payment_info: { method: undefined } }, left],
    ['MISSING_PAYMENT_TOKEN', by(undefined), left],
    ['MISSING_CART_TOTAL', {}, { validate_cart: null }],
    ['PAYMENT_AMOUNT_MISMATCH', { payment_info: { amount: 124.77 } }, left],
    ['PAYMENT_DECLINED', by('test_insufficient_1'), left],
    ['PAYMENT_DECLINED', by('test_invalid_1'), left],
  ])('fails for good: %s', async (errorCode, changes, results) => {
    await expect(pay(changes, results)).rejects.toMatchObject(permanent(errorCode));
  });

  it.each([
    ['INVALID_REQUEST', 400],
    ['AUTHENTICATION_FAILED', 401],
  ])('fails for good: %s', async (errorCode, status) => {
    payments.fail('/charges', { status });
    await expect(pay()).rejects.toMatchObject(permanent(errorCode));
  });

  it.each([
    ['HTTP_TIMEOUT', 'test_timeout_1', null],
    ['HTTP_429', 'test_rate_limit_1', '30'],
    ['HTTP_503', 'test_temp_fail_1', null],
  ])('may pass later: %s by %s', async (errorCode, token, retryAfter) => {
    await expect(pay(by(token), left, { timeout_seconds: 0.1 })).rejects.toMatchObject({
      ...retryable(errorCode),
      retryAfter,
    });
  });

  it('may pass later for a reason that nobody knows', async () => {
    payments.fail('/charges', { status: 402, body: { code: 'bank_is_asleep', message: 'Try tomorrow' } });
    await expect(pay()).rejects.toMatchObject(retryable('PAYMENT_UNKNOWN'));
  });

  it('may pass later where the connection breaks', async () => {
    payments.loseAnswer('/charges');
    await expect(pay()).rejects.toMatchObject(retryable('NETWORK_ERROR'));
  });
});

describe('update_inventory', () => {
  const reserve = (results: Record<string, Json>, changes: Changes = {}, stepId = 'step-1') =>
    runStep(new UpdateInventoryHandler(inventory), {
      context: { ...orderContext(), ...changes } as never,
      config: { url: '/reservations' },
      results,
      step: { stepId },
    });

  it('reserves once, however often it is tried', async () => {
    const first = await reserve(left);
    const again = await reserve(left);
    expect(again.updated_products).toEqual(first.updated_products);
    expect(inventory.stockOf(1)).toBe(47_998);
  });

  it('takes nothing at all where one product is short', async () => {
    const items = [
      { product_id: 1, quantity: 1 },
      { product_id: 7, quantity: 3 },
    ];
    await expect(reserve({ validate_cart: { validated_items: items } })).rejects.toMatchObject(
      retryable('INSUFFICIENT_STOCK'),
    );
    expect(inventory.stockOf(1)).toBe(48_000);
  });

  it('needs a customer and validated items', async () => {
    await expect(reserve({ validate_cart: null })).rejects.toMatchObject(permanent('MISSING_VALIDATED_ITEMS'));
    const nobody = reserve(left, { customer_info: undefined });
    await expect(nobody).rejects.toMatchObject(permanent('MISSING_CUSTOMER_INFO'));
  });
});

describe('create_order', () => {
  const create = (results: Record<string, Json | null>, changes: object = {}) =>
    runStep(new CreateOrderHandler(new OrderStore()), {
      context: { ...orderContext(), ...changes },
      results: results,
    });

  it.each<[string, object, object]>([
    ['MISSING_CUSTOMER_INFO', {}, { customer_info: null }],
    ['MISSING_CART_VALIDATION', { validate_cart: null }, {}],
    ['MISSING_PAYMENT_RESULT', { process_payment: null }, {}],
    ['MISSING_INVENTORY_RESULT', { update_inventory: null }, {}],
    ['ORDER_VALIDATION_FAILED', { process_payment: { amount_charged: 124.75 } }, {}],
    ['ORDER_VALIDATION_FAILED', { update_inventory: { total_items_reserved: 1 } }, {}],
  ])('fails for good: %s', async (errorCode, results, changes) => {
    await expect(create({ ...left, ...results }, changes)).rejects.toMatchObject(permanent(errorCode));
  });
});

describe('send_confirmation', () => {
  const send = (results: object, changes: Changes = {}) =>
    runStep(new SendOrderConfirmationHandler(emails), {
      context: orderContext(changes),
      config: { url: '/messages' },
      results: { ...left, ...results },
    });

  it('sends what was ordered, once however often it is tried', async () => {
    expect(await send({})).toMatchObject({ email_sent: true, email_type: 'order_confirmation' });
    expect(emails.sent).toMatchObject([
      { to: 'ann@example.org', variables: { order_number: 'ORD-20260131-00000000', total: 124.76 } },
    ]);
  });

  it.each<[string, object, Changes]>([
    ['MISSING_CUSTOMER_EMAIL', {}, { customer_info: { email: '' } }],
    ['INVALID_EMAIL', {}, { customer_info: { email: 'nobody' } }],
    ['MISSING_ORDER_RESULT', { create_order: null }, {}],
    ['MISSING_CART_VALIDATION', { validate_cart: null }, {}],
  ])('fails for good: %s', async (errorCode, results, changes) => {
    await expect(send(results, changes)).rejects.toMatchObject(permanent(errorCode));
  });

  it.each([429, 503])('may pass later: %i', async (status) => {
    emails.fail('/messages', { status });
    await expect(send({})).rejects.toMatchObject(retryable(`HTTP_${status}`));
  });
});
