import { Logger } from '@nestjs/common';
import type { Json, JsonObject } from 'nest-tasker';
import { runStep, type PublishedEvent } from 'nest-tasker/testing';
import { feeOf } from './money.js';
import { CapturePaymentHandler } from './step-handlers/capture-payment.step-handler.js';
import { AuditLogStepHandler } from './step-handlers/audit-log.step-handler.js';
import { FraudCheckHandler } from './step-handlers/fraud-check.step-handler.js';
import { NotificationStepHandler } from './step-handlers/notification.step-handler.js';
import { PaymentProcessingStepHandler } from './step-handlers/payment-processing.step-handler.js';
import { ValidatePaymentHandler } from './step-handlers/validate-payment.step-handler.js';
import { BackOffice } from './systems/back-office.service.js';
import { NotificationProvider } from './systems/notification-provider.service.js';
import { PaymentGateway } from './systems/payment-gateway.service.js';

const gateway = new PaymentGateway();
const notifications = new NotificationProvider();
const office = new BackOffice();
const systems = [gateway, notifications, office];

Logger.overrideLogger(false);
beforeAll(() => Promise.all(systems.map((system) => system.onModuleInit())));
afterAll(() => Promise.all(systems.map((system) => system.onApplicationShutdown())));
beforeEach(() => systems.forEach((system) => system.reset()));

describe('feeOf', () => {
  it.each([
    [100, 2.9],
    [49.9, 1.45],
    [0.1, 0],
    [1234.56, 35.8],
  ])('%d is %d', (amount, fee) => expect(feeOf(amount)).toBe(fee));
});

describe('PaymentProcessingStepHandler', () => {
  const published: PublishedEvent[] = [];
  beforeEach(() => published.splice(0));
  const process = (inputs: JsonObject, config: JsonObject = {}) =>
    runStep(new PaymentProcessingStepHandler(gateway), {
      context: { payment_amount: 50, customer_id: 'cust_1' },
      inputs,
      config,
      published,
    });

  it('charges what the inputs of the step say, else what the context says', async () => {
    expect(await process({ amount: 80, currency: 'EUR' })).toMatchObject({
      amount: 80,
      currency: 'EUR',
      gateway: 'stripe',
    });
    expect(await process({})).toMatchObject({ amount: 50, currency: 'USD', status: 'completed' });
  });

  it('leaves how long it took, and by what version of itself', async () => {
    const { metadata } = await process({});
    expect(metadata).toEqual({
      handler_version: '1.0.0',
      processing_time: expect.any(Number),
      enhanced_by: 'PaymentProcessingStepHandler',
    });
    expect(metadata.processing_time).toBeGreaterThan(0);
  });

  it.each<[string, JsonObject, JsonObject]>([
    ['INVALID_AMOUNT', { amount: 0 }, {}],
    ['INVALID_AMOUNT', { amount: -5 }, { validation_rules: [{ amount_positive: true }] }],
    ['AMOUNT_TOO_SMALL', { amount: 0.5 }, { min_amount: 1 }],
    ['AMOUNT_EXCEEDED', { amount: 10_001 }, {}],
    ['UNSUPPORTED_CURRENCY', { currency: 'JPY' }, { supported_currencies: ['USD', 'EUR'] }],
    ['UNSUPPORTED_PAYMENT_METHOD', { payment_method: 'shells' }, { supported_payment_methods: ['card'] }],
  ])('charges nothing: %s', async (errorCode, inputs, config) => {
    await expect(process(inputs, config)).rejects.toMatchObject({
      errorCode,
      errorCategory: 'validation',
      retryable: false,
    });
    expect(gateway.calls()).toEqual([]);
  });

  it('makes only the checks that its rules ask for', async () => {
    const validation_rules: JsonObject[] = [{ amount_positive: true }, { currency_supported: false }];
    const paid = process({ currency: 'JPY' }, { supported_currencies: ['USD'], validation_rules });
    expect(await paid).toMatchObject({ currency: 'JPY' });
  });

  it('tells of an amount beyond its limit', async () => {
    await expect(process({ amount: 101 }, { max_amount: 100 })).rejects.toMatchObject({
      context: { amount: 101, limit: 100 },
    });
    expect(published).toEqual([
      { event: 'payment_amount_exceeds_limit', payload: { amount: 101, limit: 100, customer_id: 'cust_1' } },
    ]);
  });

  it('has the gateway check only what it is to check', async () => {
    const paid = { payment_token: 'tok_no_cvv' };
    await expect(process(paid)).rejects.toMatchObject({ errorCode: 'incorrect_cvv' });
    expect(await process(paid, { security_settings: { require_cvv: false } })).toMatchObject({ status: 'completed' });
  });

  it('comes back later and later to a gateway that is away, as its settings say', async () => {
    gateway.fail('/charges', { status: 503 });
    const attempt = (retry_settings: JsonObject) => process({}, { retry_settings });
    await expect(attempt({ backoff_multiplier: 3, jitter: false })).rejects.toMatchObject({ retryAfter: 3 });
    await expect(attempt({ backoff_multiplier: 30, max_backoff: 5, jitter: false })).rejects.toMatchObject({
      retryAfter: 5,
    });
    await expect(process({})).rejects.toMatchObject({ retryAfter: null, retryable: true });
  });

  it('is refused with a config that it does not know', async () => {
    await expect(process({}, { max_ammount: 5 })).rejects.toMatchObject({ errorCode: 'CONFIG_INVALID' });
  });
});

describe('NotificationStepHandler', () => {
  const left = { payment_processing: { payment_id: 'pay_1', amount: 50, currency: 'USD' } };
  const context = { payment_amount: 50, customer_email: 'ann@example.org', customer_phone: '+1 555 0100' };
  const notify = (config: JsonObject = {}, more: object = {}, results: Record<string, Json> = left) =>
    runStep(new NotificationStepHandler(notifications), { context, config, results, ...more });

  it.each([
    ['email', 'ann@example.org'],
    ['sms', '+1 555 0100'],
    ['push', '+1 555 0100'],
  ])('tells by %s', async (notification_type, recipient) => {
    const result = await notify({ notification_type, template: 'receipt' });
    expect(result).toMatchObject({
      type: notification_type,
      recipient,
      template: 'receipt',
      payment_reference: 'pay_1',
    });
    expect(notifications.sent).toMatchObject([{ channel: notification_type, to: recipient }]);
  });

  it.each<[string, JsonObject, object, Record<string, Json>]>([
    ['UNSUPPORTED_TYPE', { notification_type: 'pigeon' }, {}, left],
    ['UNSUPPORTED_TYPE', {}, { inputs: { message_type: 'pigeon' } }, left],
    ['MISSING_RECIPIENT', {}, { context: { payment_amount: 50 } }, left],
    ['MISSING_PAYMENT', {}, {}, { payment_processing: null }],
  ])('tells nobody: %s', async (errorCode, config, more, results) => {
    await expect(notify(config, more, results)).rejects.toMatchObject({ errorCode, retryable: false });
  });

  it('is tried again after its own delay, or when the provider says', async () => {
    const settings = { delivery_settings: { retry_delay: 5 } };
    notifications.fail('/email', { status: 503, times: 1 });
    await expect(notify(settings)).rejects.toMatchObject({ retryable: true, retryAfter: 5 });
    notifications.rateLimit('/email', { retryAfter: 60, times: 1 });
    await expect(notify(settings)).rejects.toMatchObject({ retryable: true, retryAfter: '60' });
  });

  it('is not tried again where its config says so', async () => {
    notifications.fail('/email', { status: 503 });
    await expect(notify({ retry_on_failure: false })).rejects.toMatchObject({
      retryable: false,
      errorCode: 'DELIVERY_FAILED',
    });
  });

  it.each([
    [3, 'email'],
    [4, 'sms'],
    [5, 'push'],
    [6, 'push'],
  ])('goes by its channels in turn: attempt %i by %s', async (attempt, type) => {
    const delivery_settings = { retry_attempts: 3, fallback_channels: ['sms', 'push'] };
    expect(await notify({ delivery_settings }, { attempt, retryLimit: 9 })).toMatchObject({ type });
  });
});

describe('AuditLogStepHandler', () => {
  const log = (config: JsonObject) =>
    runStep(new AuditLogStepHandler(office), {
      context: { payment_amount: 50, payment_token: 'tok_visa', customer_id: 'cust_1' },
      config,
      results: { payment_processing: { payment_id: 'pay_1', amount: 50, currency: 'USD' } },
    });

  it('leaves out who paid, and by what, unless it is asked for', async () => {
    await log({});
    await log({ include_sensitive_data: true });
    expect(office.auditEntries.map(({ details }) => 'payment_token' in details)).toEqual([false, true]);
  });
});

describe('the handlers of a credit card payment', () => {
  const context = {
    order_id: 1,
    customer_id: 2,
    payment_info: { amount: 600, currency: 'EUR', card_token: 'tok_visa_1234' },
  } as const;

  it('take a risk below their threshold only', async () => {
    const check = (risk_threshold: number, amount: number) =>
      runStep(new FraudCheckHandler(gateway), {
        context: { ...context, payment_info: { ...context.payment_info, amount } },
        config: { risk_threshold },
      });
    expect(await check(0.5, 5_000)).toEqual({ risk_score: 0.3, risk_threshold: 0.5, passed: true });
    await expect(check(0.5, 9_000)).rejects.toMatchObject({ errorCode: 'FRAUD_DETECTED', errorCategory: 'security' });
  });

  it('give their calls no longer than timeout_ms', async () => {
    gateway.delay('/risk_assessments', { ms: 5_000 });
    const check = runStep(new FraudCheckHandler(gateway), { context, config: { timeout_ms: 50 } });
    await expect(check).rejects.toMatchObject({ errorCode: 'HTTP_TIMEOUT', retryable: true });
  });

  it('check only what their rules name', async () => {
    const expired = { ...context, payment_info: { ...context.payment_info, card_token: 'tok_expired_1' } };
    const validate = (validation_rules: string[]) =>
      runStep(new ValidatePaymentHandler(gateway), { context: expired, config: { validation_rules } });
    await expect(validate(['check_card_expiry'])).rejects.toMatchObject({ errorCode: 'CARD_EXPIRED' });
    expect(await validate(['validate_cvv'])).toMatchObject({ validated: true, card_last_four: '4242' });
  });

  it('leave the capture to the merchant where they are told to', async () => {
    const authorized = { authorization_id: 'auth_1', amount: 600, currency: 'EUR' };
    const captured = await runStep(new CapturePaymentHandler(gateway), {
      context,
      config: { auto_capture: false },
      results: { authorize_payment: authorized },
    });
    expect(captured).toMatchObject({ captured: false, transaction_id: null });
    expect(gateway.calls()).toEqual([]);
  });
});
