import type { JsonObject } from '../core/json.js';
import type { TemplateDefinition } from '../core/template-definition.js';
import type { TaskTemplate } from '../core/template.js';
import { loadTemplates } from './load-templates.js';

const STEPS = { step_templates: [{ name: 'a', handler_class: 'b' }] };

function load(keys: Partial<TemplateDefinition>, environment = 'test', env: NodeJS.ProcessEnv = {}): TaskTemplate {
  const { templates, findings } = loadTemplates([{ name: 't', ...STEPS, ...keys }], { environment, env });
  expect(findings).toEqual([]);
  return templates[0]!.template;
}

describe('what holds for tasks', () => {
  it.each<[Partial<TemplateDefinition>, Partial<TaskTemplate>]>([
    [{ task_config: { priority: 'low' } }, { priority: -50 }],
    [{ task_config: { priority: 'normal' } }, { priority: 0 }],
    [{ task_config: { priority: 'critical' } }, { priority: 100 }],
    [{ task_config: { priority: -7 } }, { priority: -7 }],
    [{ task_config: { priority: '${P}' } }, { priority: 12 }],
    [{ task_config: { priority: '${NONE:-high}' } }, { priority: 50 }],
    [{ task_config: { tags: ['x', 'y', 'x'] } }, { tags: ['x', 'y'] }],
    [{ task_config: { timeout_seconds: 60 } }, { maxDurationSeconds: 60 }],
    [{ settings: { max_execution_time: 60 }, max_duration_seconds: 60 }, { maxDurationSeconds: 60 }],
    [{ settings: { error_handling: 'strict' } }, { failureStrategy: 'stop_on_first_failure' }],
    [{ settings: { error_handling: 'lenient' } }, { failureStrategy: 'continue' }],
    [
      { settings: { error_handling: 'lenient' }, workflow_config: { failure_strategy: 'continue_on_failure' } },
      { failureStrategy: 'continue' },
    ],
    [{ workflow_config: { max_concurrent_steps: 4 } }, { executionMode: 'parallel', maxConcurrentSteps: 4 }],
    [
      { workflow_config: { max_concurrent_steps: 4, execution_mode: 'sequential' } },
      { executionMode: 'sequential', maxConcurrentSteps: 1 },
    ],
    [
      {
        max_duration_seconds: 60,
        workflow_config: { max_concurrent_steps: 4 },
        constraints: {
          technical_constraints: [
            { name: 'max_concurrent_steps', value: 9 },
            { name: 'max_workflow_duration', value: '30s' },
          ],
        },
      },
      { maxDurationSeconds: 30, maxConcurrentSteps: 4 },
    ],
    [
      { task_handler_class: 'Shop::OrdersHandler', module_namespace: 'Shop' },
      { taskHandlerClass: 'OrdersHandler', taskHandlerPath: 'Shop::OrdersHandler', moduleNamespace: 'Shop' },
    ],
    [
      { task_handler_class: 'orders' },
      { taskHandlerClass: 'orders', taskHandlerPath: 'orders', moduleNamespace: null },
    ],
    [{ metadata: { owner: '${P}' } }, { metadata: { owner: '12' } }],
  ])('%j', (keys, expected) => expect(load(keys, 'test', { P: '12' })).toMatchObject(expected));
});

describe('steps that say nothing of their own', () => {
  const step = (keys: Partial<TemplateDefinition>) => load(keys).steps[0]!;

  it.each<[string, Partial<TemplateDefinition>, object]>([
    ['have the retry limit of the template', { task_config: { retry_limit: 7 } }, { retryLimit: 7, retryable: true }],
    ['have it by its other name', { settings: { default_retry_limit: 7 } }, { retryLimit: 7 }],
    ['are not tried again', { task_config: { retryable: false, retry_limit: 7 } }, { retryLimit: 1, retryable: false }],
    ['have the timeout of the template', { settings: { default_timeout: 30 } }, { timeoutSeconds: 30 }],
    ['have the buffer on top', { workflow_config: { step_timeout_buffer: 0.5 } }, { timeoutSeconds: 300.5 }],
  ])('%s', (_fact, keys, expected) => expect(step(keys)).toMatchObject(expected));

  it('have the buffer no further than a timer can wait', () => {
    const steps = [{ name: 'a', handler_class: 'b', timeout_seconds: 2_147_483 }];
    expect(step({ step_templates: steps, workflow_config: { step_timeout_buffer: 60 } }).timeoutSeconds).toBe(
      2_147_483,
    );
  });

  it('give way to those that do', () => {
    const own = { default_retry_limit: 2, timeout_seconds: 5, default_retryable: true };
    const steps = [{ name: 'a', handler_class: 'b', ...own }];
    const keys = { task_config: { retry_limit: 7, retryable: false }, settings: { default_timeout: 30 } };
    expect(step({ step_templates: steps, ...keys })).toMatchObject({ retryLimit: 2, timeoutSeconds: 5 });
  });

  it('keep inputs and events of their own', () => {
    const events = [{ name: 'order_seen', description: 'x' }];
    const steps = [{ name: 'a', handler_class: 'b', inputs: { key: '${KEY}' }, custom_events: events }];
    const template = load({ namespace: 'shop', step_templates: steps }, 'test', { KEY: 'secret' });
    const declared = [{ name: 'shop.order_seen', description: 'x', payloadSchema: null }];
    expect(template.steps[0]).toMatchObject({ inputs: { key: '${KEY}' }, customEvents: declared });
    expect(template.events.customEvents).toEqual(declared);
  });
});

describe('the shared config', () => {
  const shared = { api: { url: 'x', retries: 1 }, timeout_seconds: 7, retry_backoff: 'fixed', key: '${KEY}' };
  const template = (environment: string) =>
    load(
      {
        handler_config: shared,
        settings: { default_timeout: 30 },
        step_templates: [
          { name: 'a', handler_class: 'b', handler_config: { api: { retries: 2 }, timeout_seconds: 9 } },
          { name: 'c', handler_class: 'd', timeout_seconds: 11 },
        ],
        environments: { live: { handler_config: { api: { url: 'y' } } } },
      },
      environment,
      { KEY: 'secret' },
    );

  it('lies under the config of every step, with its timeout and backoff', () => {
    expect(template('test').steps).toMatchObject([
      { config: { api: { url: 'x', retries: 2 }, key: '${KEY}' }, timeoutSeconds: 9, backoff: { kind: 'fixed' } },
      { config: { api: { url: 'x', retries: 1 } }, timeoutSeconds: 11, backoff: { kind: 'fixed' } },
    ]);
  });

  it('is kept for the task handler', () => expect(template('test').handlerConfig).toEqual(shared));

  it('differs by environment', () => {
    expect(template('live').steps.map(({ config }) => config.api)).toEqual([
      { url: 'y', retries: 2 },
      { url: 'y', retries: 1 },
    ]);
  });

  it('must not make a giant of many steps', () => {
    const step_templates = Array.from({ length: 2_000 }, (_, n) => ({ name: `s${n}`, handler_class: 'b' }));
    const handler_config = { list: Array.from({ length: 600 }, (_, n) => n) };
    const { findings } = loadTemplates([{ name: 't', step_templates, handler_config }], {
      environment: 'test',
      env: {},
    });
    expect(findings).toEqual([
      {
        path: 'code: handler_config',
        message: 'handler_config is laid under 2000 steps, which makes more than 1,000,000 values: make it smaller',
      },
    ]);
  });
});

describe('events', () => {
  it('are switched off together, but for those that are named', () => {
    const { events } = load({ settings: { event_publishing: false }, events: { publish_task_failed: true } });
    expect(events).toMatchObject({ publishing: false, publish: { 'task.failed': true } });
  });

  it('are joined from the root, the section and the steps, the same ones once', () => {
    const placed = { name: 'order_placed', schema: { type: 'object' } };
    const { events } = load({
      namespace: 'shop',
      custom_events: [placed],
      events: { custom_events: [{ name: 'shop.order_placed', payload_schema: { type: 'object' } }, { name: 'a.b' }] },
      step_templates: [{ name: 'a', handler_class: 'b', custom_events: [placed, { name: 'seen' }] }],
    });
    expect(events.customEvents.map(({ name }) => name)).toEqual(['shop.order_placed', 'a.b', 'shop.seen']);
  });

  it.each<[string, object, object]>([
    [
      'types of fields',
      { id: 'string', type: 'string' },
      { type: 'object', properties: { id: { type: 'string' }, type: { type: 'string' } } },
    ],
    ['a schema of one keyword', { type: 'object' }, { type: 'object' }],
    ['a schema', { properties: { id: { type: 'string' } } }, { properties: { id: { type: 'string' } } }],
    ['a schema that allows anything', {}, {}],
  ])('have a payload given by %s', (_fact, schema, expected) => {
    const { events } = load({ custom_events: [{ name: 'a.b', payload_schema: schema as never }] });
    expect(events.customEvents[0]!.payloadSchema).toEqual(expected);
  });

  it('go where they are sent by their name, their alias, or the name of another engine', () => {
    const routed = ['step.failed', 'step_failed', 'workflow_failed', 'order_placed', 'a.b'];
    const { events } = load({
      events: { workflow_events: routed.map((event) => ({ event, publish_to: ['x', 'x'] })) },
    });
    expect(events.routes).toEqual(
      ['step.failed', 'step.failed', 'task.failed', 'default.order_placed', 'a.b'].map((event) => ({
        event,
        publishTo: ['x'],
      })),
    );
    expect(events.customEvents.map(({ name }) => name)).toEqual(['default.order_placed', 'a.b']);
  });
});

describe('rules and alerts', () => {
  it('have a message and a reach of their own', () => {
    const rules = [{ name: 'vat', rule: 'vat > ${LEAST:-0}', condition: "country == 'DE'", description: 'why' }];
    expect(load({ constraints: { business_rules: rules } }).businessRules).toEqual([
      {
        name: 'vat',
        description: 'why',
        rule: 'vat > 0',
        condition: "country == 'DE'",
        errorMessage: 'The rule "vat" is broken: vat > 0',
      },
    ]);
  });

  it('ask for anything where the schema allows anything', () => {
    const rules = [{ name: 'vat', rule: 'vat > 0' }];
    const open: JsonObject[] = [
      { properties: { a: {} } },
      { additionalProperties: false, patternProperties: { v: {} }, properties: {} },
    ];
    for (const schema of open) {
      expect(load({ schema, constraints: { business_rules: rules } }).businessRules).toHaveLength(1);
    }
  });

  it('are joined from both places', () => {
    const { monitoring } = load({
      alerts: [{ name: 'b', condition: 'attempts > 1', window: '5m', severity: 'critical' }],
      monitoring: { alerts: [{ name: 'a', condition: 'attempts > 2', window: 30 }] },
    });
    expect(monitoring.alerts).toEqual([
      { name: 'a', condition: 'attempts > 2', severity: 'warning', description: null, windowSeconds: 30 },
      { name: 'b', condition: 'attempts > 1', severity: 'critical', description: null, windowSeconds: 300 },
    ]);
  });
});

describe('what is switched off', () => {
  it('is as if nothing were said', () => {
    const { performance, testing, security } = load({
      performance: { caching: { enabled: false, ttl: 5 }, batching: { enabled: false } },
      testing: { test_data: { enabled: false, amounts: [1] } },
      security: { pci_compliance: { enabled: false }, masked_fields: ['iban'] },
    });
    expect(performance).toEqual({ databasePool: null, caching: null, batching: null });
    expect(testing).toEqual({ scenarios: [], testData: {}, mockServices: {} });
    expect(security.maskedFields).toEqual(['iban']);
  });
});

describe('resources', () => {
  it.each<[object, object]>([
    [
      { memory_limit: '1.5GiB', cpu_limit: '500m' },
      { memoryBytes: 1.5 * 2 ** 30, cpus: 0.5 },
    ],
    [
      { memory_limit: 1_000_000, cpu_limit: 2 },
      { memoryBytes: 1_000_000, cpus: 2 },
    ],
    [{ value: { memory_limit: '64M', cpu_limit: 0.25 } }, { memoryBytes: 64_000_000, cpus: 0.25 }],
  ])('are read from %j', (limits, expected) => {
    const technical = [{ name: 'resource_limits' as const, ...limits }];
    expect(load({ constraints: { technical_constraints: technical } }).technicalConstraints).toMatchObject(expected);
  });
});
