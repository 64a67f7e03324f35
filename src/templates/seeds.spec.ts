import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TaskTemplate } from '../core/template.js';
import {
  CREDIT_CARD_PAYMENT,
  INTEGRATION_YAML_EXAMPLE,
  PAYMENT_PROCESSING_TASK,
  PAYMENT_WORKFLOW,
} from '../../test/support/seed-templates.js';
import { loadTemplates } from './load-templates.js';

const folder = mkdtempSync(join(tmpdir(), 'tasker-seeds-'));
afterAll(() => rmSync(folder, { recursive: true }));

const NOBODY = { has: () => false, names: () => [] };

function load(yaml: string, environment = 'development', env: NodeJS.ProcessEnv = {}): TaskTemplate {
  const file = join(folder, 'seed.yaml');
  writeFileSync(file, yaml);
  const { templates, findings } = loadTemplates([file], { environment, env, taskHandlers: NOBODY });
  expect(findings).toEqual([]);
  return templates[0]!.template;
}

describe('the integration example', () => {
  it('loads, though nobody has its task handler', () => {
    expect(load(INTEGRATION_YAML_EXAMPLE)).toMatchObject({
      name: 'api_task/integration_yaml_example',
      moduleNamespace: 'ApiTask',
      taskHandlerClass: 'IntegrationYamlExample',
      taskHandlerPath: 'ApiTask::IntegrationYamlExample',
      steps: [
        { name: 'fetch_cart', handler: 'CartFetchStepHandler', dependentSystem: 'ecommerce_system' },
        { name: 'fetch_products', handler: 'ProductsFetchStepHandler' },
        { name: 'validate_products', dependsOn: ['fetch_products', 'fetch_cart'] },
        { name: 'create_order', dependsOn: ['validate_products'] },
        { name: 'publish_event', dependsOn: ['create_order'] },
      ],
    });
  });

  it('differs by environment', () => {
    expect(load(INTEGRATION_YAML_EXAMPLE).steps[0]!.config).toEqual({
      type: 'api',
      url: 'http://localhost:3000/api/cart',
      params: { cart_id: 1, debug: true },
    });
    expect(load(INTEGRATION_YAML_EXAMPLE, 'production', { ECOMMERCE_API_KEY: 'k' }).steps[1]!.config).toEqual({
      type: 'api',
      url: 'https://api.ecommerce.com/products',
      params: { api_key: '${ECOMMERCE_API_KEY}' },
    });
  });
});

describe('the payment workflow', () => {
  const template = () => load(PAYMENT_WORKFLOW);

  it('takes the strictest of its limits', () => {
    expect(template()).toMatchObject({
      failureStrategy: 'stop_on_first_failure',
      executionMode: 'parallel',
      maxDurationSeconds: 300,
      maxConcurrentSteps: 5,
      concurrency: { maxConcurrentTasks: 50, maxConcurrentSteps: 200, queueSize: 1000 },
      technicalConstraints: { memoryBytes: 512_000_000, cpus: 1, maxDurationSeconds: 1800, maxConcurrentSteps: 5 },
      performance: {
        databasePool: { minConnections: 5, maxConnections: 20, connectionTimeoutSeconds: 30 },
        caching: { cacheType: 'redis', ttlSeconds: 3600 },
        batching: { batchSize: 100, batchTimeoutSeconds: 5 },
      },
    });
  });

  it('has its rules, and what to tell of', () => {
    const { businessRules, errorHandling, monitoring } = template();
    expect(businessRules).toHaveLength(3);
    expect(businessRules[2]).toEqual({
      name: 'supported_currencies',
      description: null,
      rule: "currency in ['USD', 'EUR', 'GBP']",
      condition: null,
      errorMessage: 'Pay in USD, EUR or GBP',
    });
    expect(errorHandling.permanentErrors).toContain('CardDeclinedError');
    expect(errorHandling.retryableErrors).toContain('RateLimitError');
    expect(errorHandling.escalationRules.map(({ action }) => action)).toEqual([
      'escalate_to_support',
      'escalate_to_security',
      'escalate_to_manual_review',
    ]);
    expect(monitoring.metrics.map(({ type }) => type)).toEqual(['histogram', 'gauge', 'gauge', 'counter']);
    expect(monitoring.alerts[2]).toEqual({
      name: 'slow_step_execution',
      condition: 'step_execution_time > 30s',
      severity: 'warning',
      description: null,
      windowSeconds: null,
    });
  });

  it('sends events of the system and its own where they go', () => {
    const { events } = template();
    expect(events.publishing).toBe(true);
    expect(events.customEvents.map(({ name }) => name)).toEqual([
      'default.payment_processed',
      'default.notification_sent',
    ]);
    expect(events.routes.map(({ event, publishTo }) => [event, publishTo.at(-1)])).toEqual([
      ['step.started', 'monitoring'],
      ['step.completed', 'analytics'],
      ['step.failed', 'alerting'],
      ['step.retried', 'monitoring'],
      ['task.started', 'customer_updates'],
      ['task.completed', 'analytics'],
      ['task.failed', 'alerting'],
      ['default.payment_processed', 'analytics'],
      ['default.notification_sent', 'customer_updates'],
    ]);
  });

  it('is secure', () => {
    const { security } = template();
    expect(security).toMatchObject({
      encryption: { enabled: true, algorithm: 'aes-256-gcm', keyRotationIntervalSeconds: 2_592_000 },
      accessControl: {
        authenticationRequired: true,
        authorizationMethod: 'rbac',
        allowedRoles: ['payment_processor', 'admin'],
      },
      auditLogging: { enabled: true, logLevel: 'info', includeSensitiveData: false, retentionSeconds: 220_752_000 },
      pciCompliance: { enabled: true, auditLevel: 1, dataRetentionSeconds: 7_776_000 },
    });
    expect(security.maskedFields).toEqual(expect.arrayContaining(['card_number', 'cvv']));
  });

  it('can be tested', () => {
    expect(template().testing).toMatchObject({
      testData: { test_currencies: ['USD', 'EUR', 'GBP'] },
      mockServices: { payment_gateway: 'mock_stripe' },
      scenarios: [
        { name: 'successful_payment', steps: ['payment_processing', 'payment_verification', 'send_confirmation'] },
        { name: 'payment_failure', steps: null, expectedError: 'CardDeclinedError' },
        { name: 'timeout_recovery', timeoutStep: 'payment_processing', retryExpected: true },
      ],
    });
  });

  it('asks no more than a process has, or says so', () => {
    const file = join(folder, 'large.yaml');
    writeFileSync(file, PAYMENT_WORKFLOW);
    const check = (poolSize: number, memoryBytes: number, cpus: number, caches: ('memory' | 'redis')[]) =>
      loadTemplates([file], {
        environment: 'development',
        env: {},
        resources: { poolSize, memoryBytes, cpus, caches },
      }).findings.map(({ path, message }) => `${path}: ${message}`.replace(`${file}:`, ''));
    expect(check(5, 512_000_000, 1, ['memory', 'redis'])).toEqual([]);
    expect(check(4, 511_999_999, 0.5, ['memory'])).toEqual([
      expect.stringMatching(
        /^\d+:7: steps of this template need 512 MB of memory, but this process may use 511 MB: give it more, or lower memory_limit$/,
      ),
      expect.stringMatching(
        /^\d+:7: steps of this template need a cpu_limit of 1, but this process has 0.5 processors: give it more, or lower cpu_limit$/,
      ),
      expect.stringMatching(/^\d+:22: steps of this template need a pool of 5 connections, but this process has 4: /),
      expect.stringMatching(
        /^\d+:17: this process has no redis to keep results in, only memory: write cache_type: memory$/,
      ),
    ]);
  });
});

describe('the payment processing task', () => {
  it('adds its buffer to every timeout, and knows jitter as yes and no', () => {
    const { steps } = load(PAYMENT_PROCESSING_TASK);
    expect(steps.map(({ timeoutSeconds, retryLimit }) => [timeoutSeconds, retryLimit])).toEqual([
      [35, 3],
      [20, 5],
      [15, 10],
    ]);
    expect(steps.map(({ backoff }) => backoff)).toEqual([
      { kind: 'exponential', baseMs: 5_000, capMs: 300_000, multiplier: 2, jitter: 0.1 },
      { kind: 'exponential', baseMs: 10_000, capMs: 600_000, multiplier: 1.5, jitter: 0.1 },
      { kind: 'exponential', baseMs: 1_000, capMs: 60_000, multiplier: 1.2, jitter: 0 },
    ]);
  });

  it.each([
    ['development', 60, 100],
    ['staging', 180, 1_000],
    ['production', 300, 50_000],
    ['test', 300, 10_000],
  ])('has the limits of %s', (environment, seconds, amount) => {
    const template = load(PAYMENT_PROCESSING_TASK, environment);
    expect(template.maxDurationSeconds).toBe(seconds);
    expect(template.steps[0]!.config.max_amount).toBe(amount);
  });

  it('has what its tasks start with, and its events', () => {
    const template = load(PAYMENT_PROCESSING_TASK);
    expect(template).toMatchObject({
      namespace: 'payment_processing',
      priority: 50,
      tags: ['payment', 'customer_workflow', 'financial'],
      failureStrategy: 'stop_on_first_failure',
      maxConcurrentSteps: 3,
    });
    expect(template.events.publish).toEqual({
      'step.started': true,
      'step.completed': true,
      'step.failed': true,
      'step.retried': true,
      'task.started': true,
      'task.completed': true,
      'task.failed': true,
    });
    expect(template.events.customEvents[0]).toEqual({
      name: 'payment_processing.payment_amount_exceeds_limit',
      description: 'A payment is larger than the limit',
      payloadSchema: {
        type: 'object',
        properties: { amount: { type: 'number' }, limit: { type: 'number' }, customer_id: { type: 'string' } },
      },
    });
  });
});

describe('the credit card payment', () => {
  it('loads with its classes, its schema and its events', () => {
    const template = load(CREDIT_CARD_PAYMENT);
    expect(template).toMatchObject({
      namespace: 'payments',
      name: 'payment_processing/credit_card_payment',
      taskHandlerClass: 'CreditCardPaymentHandler',
      steps: [
        { handler: 'ValidatePaymentHandler' },
        { handler: 'FraudCheckHandler', config: { risk_threshold: 0.5, timeout_ms: 5000, debug_mode: true } },
        { handler: 'AuthorizePaymentHandler', dependsOn: ['validate_payment', 'check_fraud'] },
        { handler: 'CapturePaymentHandler', retryLimit: 5 },
        { handler: 'SendConfirmationHandler' },
      ],
    });
    expect(template.events.customEvents.map(({ name }) => name)).toEqual([
      'payments.payment_authorized',
      'payments.payment_captured',
      'payments.fraud_detected',
    ]);
    expect(template.events.customEvents[2]!.payloadSchema).toMatchObject({
      properties: { reasons: { items: { type: 'string' } } },
    });
  });
});
