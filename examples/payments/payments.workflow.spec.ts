import { join } from 'node:path';
import { loadTemplates, type JsonObject } from 'nest-tasker';
import { scenariosOf, TaskerTestingModule, type TaskerTesting } from 'nest-tasker/testing';
import { PaymentsModule } from './payments.module.js';
import { AlertingSink, AnalyticsSink, AuditLogSink, FraudDetectionSink } from './sinks/payment-sinks.js';
import { BackOffice } from './systems/back-office.service.js';
import { NotificationProvider } from './systems/notification-provider.service.js';
import { PaymentGateway } from './systems/payment-gateway.service.js';

const TEMPLATES = join(__dirname, 'templates');

let tasker: TaskerTesting;
let gateway: PaymentGateway;
let notifications: NotificationProvider;
let office: BackOffice;

beforeAll(async () => {
  tasker = await TaskerTestingModule.create({ imports: [PaymentsModule] });
  gateway = tasker.get(PaymentGateway);
  notifications = tasker.get(NotificationProvider);
  office = tasker.get(BackOffice);
});
afterAll(() => tasker?.close());
beforeEach(async () => {
  await tasker.cleanup();
  for (const service of [gateway, notifications, office]) service.reset();
  for (const sink of [AlertingSink, AnalyticsSink, AuditLogSink, FraudDetectionSink])
    tasker.get(sink).received.length = 0;
});

const PAYMENT = {
  payment_amount: 100,
  currency: 'USD',
  payment_method: 'card',
  payment_token: 'tok_visa',
  customer_id: 'cust_123',
  customer_email: 'customer@example.org',
  customer_phone: '+1 555 0100',
};
const pay = (changes: JsonObject = {}) =>
  tasker.runTask({ name: 'payment_workflow', context: { ...PAYMENT, ...changes } });
const eventsSeenBy = (sink: typeof AlertingSink) => tasker.get(sink).received.map(({ event }) => event);

describe('payment_workflow', () => {
  it('charges, verifies, tells the customer and keeps the books', async () => {
    const task = await pay();
    const paymentId = [...gateway.charges.keys()][0];

    expect(task.status).toBe('complete');
    expect(Object.values(task.attempts)).toEqual([1, 1, 1, 1, 1]);
    expect(task.results('payment_processing')).toMatchObject({
      ...{ status: 'completed', payment_id: paymentId, amount: 100, gateway: 'stripe', transaction_fee: 2.9 },
      metadata: { handler_version: '1.0.0', processing_time: expect.any(Number) },
    });
    expect(task.results('payment_verification')).toMatchObject({ verified: true, verification_method: 'webhook' });
    expect(task.results('send_confirmation')).toMatchObject({ type: 'email', payment_reference: paymentId });
    expect(task.results('generate_analytics')).toMatchObject({ metrics: { payment_volume: 100 } });
    expect(notifications.sent[0]!.variables).toMatchObject({
      receipt: { amount: 100 },
      refund_policy: expect.any(String),
    });
    expect(office.customers.get('cust_123')).toMatchObject({
      loyalty_points: 100,
      payment_method_preferences: ['card'],
    });
  });

  it('publishes what has happened, and sends it where the template says', async () => {
    const { taskId } = await pay();
    expect(tasker.events.of('default.payment_processed')).toMatchObject([{ task_id: taskId, amount: 100 }]);
    expect(tasker.events.of('default.notification_sent')).toMatchObject([{ recipient: 'customer@example.org' }]);
    expect(eventsSeenBy(AuditLogSink)).toEqual(
      expect.arrayContaining(['task.started', 'step.started', 'step.completed', 'task.completed']),
    );
    expect(eventsSeenBy(AnalyticsSink).filter((event) => event !== 'step.completed')).toEqual([
      'default.payment_processed',
      'task.completed',
    ]);
    expect(eventsSeenBy(AlertingSink)).toEqual([]);
  });

  it.each([
    [{ payment_amount: 0.5 }, 'Pay at least $1'],
    [{ payment_amount: 10_000.01 }, 'Pay at most $10,000'],
    [{ currency: 'JPY' }, 'Pay in USD, EUR or GBP'],
  ])('refuses %j, in the words of the rule', async (changes, message) => {
    await expect(pay(changes)).rejects.toMatchObject({
      code: 'context_invalid',
      findings: [expect.objectContaining({ message })],
    });
    expect(gateway.calls()).toEqual([]);
  });

  it.each([
    ['tok_declined', 100, 'CardDeclinedError', []],
    ['tok_declined', 2_000, 'CardDeclinedError', ['escalation.escalate_to_manual_review']],
    ['tok_no_funds', 100, 'InsufficientFundsError', []],
    ['tok_fraud', 100, 'FraudDetectedError', ['escalation.escalate_to_security']],
  ])('is not tried again by %s for %i: %s', async (payment_token, payment_amount, errorClass, escalations) => {
    const task = await pay({ payment_token, payment_amount });
    expect(task).toMatchObject({ status: 'error', attempts: { payment_processing: 1, payment_verification: 0 } });
    expect(task.step('payment_processing').error).toMatchObject({ errorClass, retryable: false });
    expect(tasker.events.names({ step_name: 'payment_processing' }).filter(isEscalation)).toEqual(escalations);
    expect(eventsSeenBy(AlertingSink).filter(isEscalation)).toEqual(escalations);
  });

  it('is charged at the third attempt where the gateway is away for two', async () => {
    gateway.fail('/charges', { status: 503, times: 2 });
    const task = await pay();
    expect(task).toMatchObject({ status: 'complete', attempts: { payment_processing: 3, payment_verification: 1 } });
    expect(gateway.charges.size).toBe(1);
    expect(task.results('generate_analytics')).toMatchObject({ metrics: { payment_success_rate: 1 / 3 } });
  });

  it('calls for support when the third attempt has failed', async () => {
    gateway.fail('/charges', { status: 503 });
    const task = await pay();
    expect(task).toMatchObject({ status: 'error', attempts: { payment_processing: 3 } });
    expect(tasker.events.of('escalation.escalate_to_support')).toMatchObject([{ task_id: task.taskId, attempt: 3 }]);
  });

  it('asks again and again where the gateway’s word does not come', async () => {
    const task = await pay({ payment_token: 'tok_pending' });
    expect(task).toMatchObject({ status: 'complete', attempts: { payment_verification: 2 } });
    expect(task.results('payment_verification')).toMatchObject({ verification_method: 'polling' });
    expect(task.step('payment_verification').attemptHistory![0]!.error).toMatchObject({
      errorCode: 'VERIFICATION_PENDING',
    });
  });

  it('tells the customer by text message where three e-mails have failed', async () => {
    notifications.fail('/email', { status: 503 });
    const task = await pay();
    expect(task).toMatchObject({ status: 'complete', attempts: { send_confirmation: 4 } });
    expect(task.results('send_confirmation')).toMatchObject({ type: 'sms', recipient: '+1 555 0100' });
  });

  it('says that the customer could not be told, and stops', async () => {
    for (const channel of ['/email', '/sms', '/push']) notifications.fail(channel, { status: 503 });
    const task = await pay();
    expect(task).toMatchObject({ status: 'error', attempts: { send_confirmation: 5, update_customer_records: 0 } });
    expect(tasker.events.of('default.notification_delivery_failed')).toMatchObject([
      { message_type: 'push', retry_count: 5, task_id: task.taskId },
    ]);
  });

  it.each(scenariosOf(join(TEMPLATES, 'payment_workflow.yaml')))('$title', async ({ scenario }) => {
    const report = await tasker.runScenario({ name: 'payment_workflow' }, scenario.name);
    expect(report).toMatchObject({ passed: true, problems: [] });
  });
});

describe('payment_processing_workflow', () => {
  const process = (changes: JsonObject = {}) =>
    tasker.runTask({
      ...{ namespace: 'payment_processing', name: 'payment_processing_workflow' },
      context: { ...PAYMENT, payment_method: 'paypal', ...changes },
    });

  it('tells the customer and logs the payment side by side', async () => {
    const task = await process();
    expect(task).toMatchObject({ status: 'complete', priority: 50 });
    expect(task.tags).toEqual(['payment', 'customer_workflow', 'financial']);
    expect(['payment_notification', 'audit_log'].map((name) => task.step(name).dependsOn)).toEqual([
      ['payment_processing'],
      ['payment_processing'],
    ]);
    expect(task.results('payment_processing')).toMatchObject({ gateway: 'example_payment_gateway' });
    expect(tasker.events.of('payment_processing.audit_log_created')).toMatchObject([
      { transaction_id: [...gateway.charges.keys()][0], log_level: 'info', compliance_standard: 'PCI_DSS' },
    ]);
    expect(office.auditEntries).toMatchObject([{ retention: '2555_days', details: { amount: 100, currency: 'USD' } }]);
    expect(JSON.stringify(office.auditEntries)).not.toContain('tok_visa');
  });

  it('charges no more than its limit, and says so', async () => {
    const task = await process({ payment_amount: 10_001 });
    expect(task.step('payment_processing')).toMatchObject({ attempts: 1, error: { errorCode: 'AMOUNT_EXCEEDED' } });
    expect(tasker.events.of('payment_processing.payment_amount_exceeds_limit')).toMatchObject([
      { amount: 10_001, limit: 10_000, customer_id: 'cust_123' },
    ]);
    expect(eventsSeenBy(AlertingSink)).toEqual(['payment_processing.payment_amount_exceeds_limit']);
  });

  it.each([
    ['development', 100, 60],
    ['test', 10_000, 300],
    ['staging', 1_000, 180],
    ['production', 50_000, 300],
  ])('charges in %s up to %i, within %i s', (environment, limit, seconds) => {
    const { templates, findings } = loadTemplates([join(TEMPLATES, 'payment_processing_task.yaml')], {
      environment,
      env: {},
    });
    expect(findings).toEqual([]);
    const { steps, maxDurationSeconds } = templates[0]!.template;
    expect([steps[0]!.config.max_amount, maxDurationSeconds]).toEqual([limit, seconds]);
  });

  it('starts nothing more once a step has failed', async () => {
    notifications.delay('/email', { ms: 100 });
    notifications.fail('/email', { status: 400 });
    office.fail('/audit_entries', { status: 503 });
    const task = await process();
    expect(task.status).toBe('error');
    expect(task.step('payment_notification')).toMatchObject({ status: 'error', attempts: 1 });
    expect(task.attempts.audit_log).toBeLessThan(10);
  });
});

describe('credit_card_payment', () => {
  const NAME = { namespace: 'payments', name: 'payment_processing/credit_card_payment' };
  const card = (card_token: string, amount = 49.9) =>
    tasker.runTask({
      ...NAME,
      context: { order_id: 1001, payment_info: { amount, currency: 'EUR', card_token }, customer_id: 77 },
    });

  it('checks, authorizes, captures and confirms', async () => {
    const task = await card('tok_visa_4242');
    expect(task.status).toBe('complete');
    expect(task.step('authorize_payment').dependsOn).toEqual(['validate_payment', 'check_fraud']);
    expect(task.results('check_fraud')).toEqual({ risk_score: 0, risk_threshold: 0.8, passed: true });
    expect(task.results('capture_payment')).toMatchObject({ captured: true, amount: 49.9, transaction_fee: 1.45 });
    expect(task.results('send_confirmation')).toMatchObject({ template_id: 'payment_confirmation' });
    const [authorization] = gateway.authorizations.values();
    expect(tasker.events.of('payments.payment_captured')).toMatchObject([
      { order_id: 1001, transaction_id: authorization!.transaction_id, amount: 49.9 },
    ]);
    expect(eventsSeenBy(AuditLogSink)).toEqual(['payments.payment_authorized', 'payments.payment_captured']);
  });

  it.each([
    ['tok_expired_1', 49.9, 'validate_payment', 'CARD_EXPIRED'],
    ['tok_no_cvv_1', 49.9, 'validate_payment', 'INVALID_CVV'],
    ['tok_small_1234', 60, 'validate_payment', 'AMOUNT_EXCEEDED'],
    ['stolen_1234567', 49.9, 'validate_payment', 'INVALID_CARD_TOKEN'],
    ['tok_fraud_123', 49.9, 'check_fraud', 'FRAUD_DETECTED'],
    ['tok_declined_1', 49.9, 'authorize_payment', 'card_declined'],
    ['tok_no_funds_1', 49.9, 'authorize_payment', 'insufficient_funds'],
  ])('by %s for %d ends at %s with %s, at the first attempt', async (token, amount, step, errorCode) => {
    const task = await card(token, amount);
    expect(task.status).toBe('error');
    expect(task.step(step)).toMatchObject({ status: 'error', attempts: 1, error: { errorCode, retryable: false } });
    expect([...gateway.authorizations.values()].filter(({ transaction_id }) => transaction_id)).toEqual([]);
  });

  it('tells of fraud', async () => {
    await card('tok_fraud_123');
    expect(tasker.events.of('payments.fraud_detected')).toMatchObject([
      { order_id: 1001, risk_score: 0.9, reasons: ['card reported stolen'] },
    ]);
    expect(eventsSeenBy(FraudDetectionSink)).toEqual(['payments.fraud_detected']);
  });

  it.each([
    ['MISSING_PAYMENT_INFO', {}, /payment_info/],
    ['MISSING_PAYMENT_FIELDS', { payment_info: { amount: 1 } }, /currency, card_token/],
  ])('is refused by its task handler: %s', async (_code, context, message) => {
    const refused = tasker.runTask({ ...NAME, context: { order_id: 1, customer_id: 1, ...context } });
    await expect(refused).rejects.toMatchObject({ code: 'task_refused', message: expect.stringMatching(message) });
  });

  it('is refused where its context is not as the schema says', async () => {
    await expect(card('short')).rejects.toMatchObject({
      code: 'context_invalid',
      findings: [expect.objectContaining({ path: 'context.payment_info.card_token' })],
    });
  });
});

describe('payments where security is on', () => {
  const keys = `2026-11-20=${Buffer.alloc(32, 7).toString('base64')}`;

  it('are encrypted at rest, and come to handlers and callers as they were', async () => {
    const staging = await TaskerTestingModule.create({
      imports: [PaymentsModule],
      environment: 'staging',
      encryption: { keys },
    });
    try {
      const task = await staging.runTask({ name: 'payment_workflow', context: PAYMENT });
      expect(task).toMatchObject({ status: 'complete', context: { payment_token: 'tok_visa' } });
      expect(task.maskedFields).toEqual(expect.arrayContaining(['payment_token', 'card_number']));
      const rows = await staging.dataSource.query<{ context: unknown }[]>(
        `select context from ${staging.database.schema}.task`,
      );
      expect(JSON.stringify(rows)).not.toContain('tok_visa');
      expect(JSON.stringify(rows)).toContain('aes-256-gcm');
    } finally {
      await staging.close();
    }
  });

  it('do not start without a key', async () => {
    const start = TaskerTestingModule.create({ imports: [PaymentsModule], environment: 'staging' });
    await expect(start).rejects.toMatchObject({
      code: 'template_invalid',
      message: expect.stringContaining('TASKER_ENCRYPTION_KEYS'),
    });
  });
});

const isEscalation = (event: string): boolean => event.startsWith('escalation.');
