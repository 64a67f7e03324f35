import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadTemplates } from './load-templates.js';
import type { LoadOptions } from './load-templates.js';

const folder = mkdtempSync(join(tmpdir(), 'tasker-bad-policies-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What is wrong with a template of one step that has these root keys from its third line on, each as `line:column: message`. */
function wrongWith(keys: string, options: Partial<LoadOptions> = {}): string[] {
  const file = join(folder, 'bad.yaml');
  writeFileSync(file, `name: t\nstep_templates: [{ name: a, handler_class: b }]\n${keys}`);
  const { templates, findings } = loadTemplates([file], { environment: 'development', env: {}, ...options });
  expect(templates).toEqual([]);
  return findings.map(({ path, message }) =>
    `${path}: ${message}`.replace(`${file}:`, '').replaceAll(file, 'bad.yaml'),
  );
}

type Row = [fact: string, keys: string, ...findings: string[]];

function table(title: string, rows: Row[]): void {
  describe(title, () => {
    it.each(rows)('refuses %s', (_fact, keys, ...findings) => expect(wrongWith(keys)).toEqual(findings));
  });
}

table('what holds for tasks', [
  [
    'a priority that is neither a word nor a number of the range',
    'task_config: { priority: urgent }',
    '3:26: priority must be low, normal, high, critical or a whole number from -100 to 100, but is "urgent"',
  ],
  [
    'a priority out of range',
    'task_config: { priority: 101 }',
    '3:26: priority must be low, normal, high, critical or a whole number from -100 to 100, but is 101',
  ],
  ['tags that are text', 'task_config: { tags: a }', '3:22: tags must be a list of tags, but is "a"'],
  ['an empty tag', 'task_config: { tags: [" "] }', '3:23: tags[0] must be 1 to 255 characters, but is " "'],
  [
    'an unknown way of handling errors',
    'settings: { error_handling: strickt }',
    '3:29: error_handling must be one of strict, lenient, continue, continue_on_failure, stop_on_first_failure, but is "strickt". Did you mean "strict"?',
  ],
  [
    'a duration said twice differently',
    'max_duration_seconds: 60\ntask_config: { timeout_seconds: 60 }\nsettings: { max_execution_time: 50 }',
    '5:33: settings.max_execution_time must be the same as max_duration_seconds (bad.yaml:3:23), but is 50: give only one',
  ],
  [
    'a retry limit said twice differently',
    'settings: { default_retry_limit: 2 }\ntask_config: { retry_limit: 3 }',
    '3:34: settings.default_retry_limit must be the same as task_config.retry_limit (bad.yaml:4:29), but is 2: give only one',
  ],
  [
    'a failure strategy said twice differently',
    'workflow_config: { failure_strategy: continue_on_failure }\nsettings: { error_handling: strict }',
    '4:29: settings.error_handling must be the same as workflow_config.failure_strategy (bad.yaml:3:38), but is "stop_on_first_failure": give only one',
  ],
  [
    'an unknown mode',
    'workflow_config: { execution_mode: serial }',
    '3:36: execution_mode must be one of parallel, sequential, but is "serial".',
  ],
  [
    'no concurrent steps at all',
    'workflow_config: { max_concurrent_steps: 0 }',
    '3:42: max_concurrent_steps must be a whole number from 1 to 10000, but is 0',
  ],
  [
    'a negative buffer',
    'workflow_config: { step_timeout_buffer: -1 }',
    '3:41: step_timeout_buffer must be a number of seconds from 0 to 2147483, but is -1',
  ],
]);

table('constraints', [
  [
    'a rule that is no condition',
    'constraints:\n  business_rules:\n    - { name: least, rule: "amount >" }',
    '5:28: rule is not a condition: at character 9: expected a name, a value, NOT or "(", but found the end',
  ],
  [
    'a rule that is a number',
    'constraints: { business_rules: [{ name: least, rule: 1 }] }',
    '3:54: rule must be text, but is 1: write it in quotes',
  ],
  [
    'a rule without a name or a condition',
    'constraints: { business_rules: [{ error_message: no }] }',
    '3:33: a business rule needs the key "name": add it',
    '3:33: a business rule needs the key "rule": add it',
  ],
  [
    'a rule of another type',
    'constraints: { business_rules: [{ name: a, rule: b, type: derivation }] }',
    '3:59: type must be one of validation, but is "derivation".',
  ],
  [
    'two rules of one name',
    'constraints: { business_rules: [{ name: a, rule: b }, { name: a, rule: c }] }',
    '3:63: the business rule "a" is given twice, first at bad.yaml:3:41: rename one',
  ],
  [
    'a rule over what the schema does not allow',
    'schema: { additionalProperties: false, properties: { amount: {} } }\nconstraints: { business_rules: [{ name: a, rule: amuont > 1 }] }',
    '4:41: the rule "a" asks for "amuont", which the schema does not allow in a context. Did you mean "amount"?',
  ],
  [
    'an unknown technical constraint',
    'constraints: { technical_constraints: [{ name: max_steps, value: 1 }] }',
    '3:48: name must be one of max_concurrent_steps, max_workflow_duration, resource_limits, but is "max_steps".',
  ],
  [
    'a technical constraint without a value',
    'constraints: { technical_constraints: [{ name: max_workflow_duration }] }',
    '3:40: the technical constraint max_workflow_duration needs the key "value": add it',
  ],
  [
    'a technical constraint of a wrong value',
    'constraints: { technical_constraints: [{ name: max_concurrent_steps, value: many }, { name: max_workflow_duration, value: long }] }',
    '3:77: max_concurrent_steps.value must be a whole number from 1 to 10000, but is "many"',
    '3:123: max_workflow_duration.value must be a number of seconds, or a duration such as 30s, 15m, 24h, 30d (units ms, s, m, h, d, w or y), but is "long"',
  ],
  [
    'memory in an unknown unit, and processors that are none',
    'constraints: { technical_constraints: [{ name: resource_limits, memory_limit: 5 pages, value: { cpu_limit: two } }] }',
    '3:79: memory_limit must be a number of bytes, or an amount such as 512MB, 1.5GB or 2GiB, but is "5 pages"',
    '3:108: cpu_limit must be a number of processors such as 0.5 or 2, but is "two"',
  ],
  [
    'memory that limits a number of steps',
    'constraints: { technical_constraints: [{ name: max_concurrent_steps, value: 1, memory_limit: 1GB }] }',
    '3:94: memory_limit belongs to the constraint resource_limits, not to max_concurrent_steps',
  ],
]);

table('events', [
  [
    'a flag of no event',
    'events: { publish_step_strated: true }',
    '3:11: unknown key "publish_step_strated" in events. Did you mean "publish_step_started"?',
  ],
  [
    'a flag that is text',
    'events: { publish_step_started: "yes" }',
    '3:33: publish_step_started must be true or false, but is "yes"',
  ],
  [
    'a route of a system event that there is not',
    'events: { step_events: [{ event: step_strated, publish_to: [log] }] }',
    '3:34: there is no system event "step_strated". Did you mean "step_started"?',
  ],
  [
    'a route of an event that is nearly declared',
    'custom_events: [{ name: order_placed }]\nevents: { workflow_events: [{ event: order_plased, publish_to: [log] }] }',
    '4:38: there is no event "default.order_plased". Did you mean "default.order_placed"? Else declare it in custom_events',
  ],
  [
    'a route that leads nowhere',
    'events: { workflow_events: [{ event: a.b }] }',
    '3:29: a routed event needs the key "publish_to": add it',
  ],
  [
    "a custom event among the system's",
    'custom_events: [{ name: task.placed }]',
    '3:25: the event name "task.placed" begins with "task.", which only the system\'s own events do: choose another first word',
  ],
  [
    'a custom event that is declared twice differently',
    'custom_events: [{ name: order_placed }]\nevents: { custom_events: [{ name: default.order_placed, description: x }] }',
    '4:35: the event default.order_placed is declared differently at bad.yaml:3:25: make them the same',
  ],
  [
    'a payload schema that is invalid',
    'custom_events:\n  - name: order_placed\n    payload_schema: { properties: { id: { type: intger } } }',
    '5:49: the schema is invalid: properties/id/type must be one of array, boolean, integer, null, number, object, string',
  ],
  [
    'a payload that is no object',
    'custom_events: [{ name: order_placed, schema: { type: string } }]',
    '3:47: the payload of an event is an object: write type: object',
  ],
  [
    'two payload schemas',
    'custom_events: [{ name: order_placed, schema: {}, payload_schema: {} }]',
    '3:47: schema is the same as payload_schema: give only one',
  ],
]);

table('errors, metrics and alerts', [
  [
    'an error that is permanent and retryable',
    'error_handling: { permanent_errors: [TimeoutError], retryable_errors: [NetworkError, timeouterror] }',
    '3:71: retryable_errors holds "timeouterror", which permanent_errors holds too: remove one',
  ],
  [
    'an error with a space',
    'error_handling: { permanent_errors: [Timeout Error] }',
    '3:38: permanent_errors[0] must be the name of an error class, or an error code, but is "Timeout Error"',
  ],
  [
    'an escalation without a condition that could be asked',
    'error_handling: { escalation_rules: [{ condition: retry_count => 3, action: Call! }] }',
    '3:51: condition is not a condition: at character 13: "=>" is no operator: write ">="',
    '3:77: action must be a lower-case word such as escalate_to_support, but is "Call!"',
  ],
  [
    'an unknown type of metric',
    'monitoring: { metrics: [{ name: a, type: guage }] }',
    '3:42: type must be one of counter, gauge, histogram, but is "guage". Did you mean "gauge"?',
  ],
  [
    'buckets of a gauge',
    'monitoring: { metrics: [{ name: a, type: gauge, buckets: [1] }] }',
    '3:58: only a histogram has buckets, not a gauge: remove them',
  ],
  [
    'buckets out of order',
    'monitoring: { metrics: [{ name: a, type: histogram, buckets: [1, 1] }] }',
    '3:62: buckets must be numbers, each larger than the one before it',
  ],
  [
    'an alert whose condition does not parse',
    'alerts: [{ name: slow, condition: "time > 30 seconds ago" }]',
    '3:35: condition is not a condition: at character 11: expected AND, OR or the end, but found "seconds"',
  ],
  [
    'an unknown severity, and a window that is none',
    'alerts: [{ name: slow, condition: success_rate < 1, severity: warn, window: soon }]',
    '3:63: severity must be one of info, warning, error, critical, but is "warn".',
    '3:77: window must be a number of seconds, or a duration such as 30s, 15m, 24h, 30d (units ms, s, m, h, d, w or y), but is "soon"',
  ],
  [
    'two alerts of one name, in two places',
    'alerts: [{ name: slow, condition: attempts > 1 }]\nmonitoring: { alerts: [{ name: slow, condition: retries > 1 }] }',
    '3:18: the alert "slow" is given twice, first at bad.yaml:4:32: rename one',
  ],
  [
    'alerts that ask for figures which there are not',
    'alerts: [{ name: low, condition: sucess_rate < 0.9, resolve: queue_dept < 5 }]',
    '3:34: the alert "low" asks for "sucess_rate", which is no figure. Did you mean "success_rate"?',
    '3:62: the alert "low" asks for "queue_dept", which is no figure. Did you mean "queue_depth"?',
  ],
  [
    'an alert that asks for something quite else',
    'alerts: [{ name: low, condition: "payment.amount > 3" }]',
    '3:34: the alert "low" asks for "payment.amount", which is no figure. Figures are success_rate, step_execution_time, queue_depth and those in docs/alerts.md',
  ],
  [
    'an alert about a step that there is not',
    'alerts: [{ name: low, step: aa, condition: success_rate < 0.9 }]',
    '3:29: there is no step "aa" to tell of. Did you mean "a"?',
  ],
  [
    'an alert about a step that asks for a figure of tasks',
    'alerts: [{ name: low, step: a, condition: task_duration > 9 }]',
    '3:43: the alert "low" is about a step, and "task_duration" about tasks: remove its step, or ask for a figure of steps',
  ],
  [
    'spans of an alert that are none, and labels that are no texts',
    'alerts: [{ name: low, condition: attempts > 9, window: 2d, for: -1, labels: { team: 3 } }]',
    '3:56: window must be at most a day (24h)',
    '3:65: for must be a number of seconds, or a duration such as 30s, 15m, 24h, 30d (units ms, s, m, h, d, w or y), but is -1',
    '3:77: labels must be a map of texts by names',
  ],
]);

table('security and performance', [
  [
    'an unknown algorithm',
    'security: { encryption: { algorithm: DES } }',
    '3:38: algorithm must be one of AES-256-GCM, AES-256, AES256, aes-256-gcm, aes-256, but is "DES".',
  ],
  [
    'card data in the clear',
    'security: { pci_compliance: { enabled: true }, audit_logging: { include_sensitive_data: true } }',
    '3:29: pci_compliance needs encryption: write security.encryption with enabled: true',
    '3:89: include_sensitive_data must be false where pci_compliance is enabled',
  ],
  [
    'card data with encryption switched off',
    'security: { pci_compliance: {}, encryption: { enabled: false } }',
    '3:29: pci_compliance needs encryption: write security.encryption with enabled: true',
  ],
  [
    'roles of callers that nobody knows',
    'security: { access_control: { authentication_required: false, allowed_roles: [admin] } }',
    '3:56: authentication_required must be true where allowed_roles are named: nobody else has a role',
  ],
  [
    'an unknown method of authorization',
    'security: { access_control: { authorization_method: abac } }',
    '3:53: authorization_method must be one of rbac, but is "abac". Did you mean "rbac"?',
  ],
  [
    'a pool that is smaller than itself',
    'performance: { database_pool: { min_connections: 5, max_connections: 2 } }',
    '3:70: max_connections must not be less than min_connections, but is 2',
  ],
  [
    'an unknown cache',
    'performance: { caching: { cache_type: memcached } }',
    '3:39: cache_type must be one of memory, redis, but is "memcached".',
  ],
  [
    'two different numbers of tasks',
    'performance: { concurrency: { max_concurrent_tasks: 1, max_concurrent_workflows: 2 } }',
    '3:82: max_concurrent_workflows must be the same as max_concurrent_tasks (1), but is 2: give only one',
  ],
]);

table('tests', [
  [
    'a scenario of steps that there are not',
    'testing: { test_scenarios: [{ name: s, steps: [a, bb], timeout_step: c }] }',
    '3:51: there is no step "bb" to test. Did you mean "a"?',
    '3:70: there is no step "c" to test. Did you mean "a"?',
  ],
  [
    'test data that is perhaps enabled',
    'testing: { test_data: { enabled: maybe } }',
    '3:34: test_data.enabled must be true or false, but is "maybe"',
  ],
]);

table('the shared config', [
  ['a shared config that is a list', 'handler_config: [1]', '3:17: handler_config must be a map, but is a list'],
  [
    'a timeout in the shared config that is text',
    'handler_config: { timeout_seconds: soon }',
    '3:36: handler_config.timeout_seconds must be a number of seconds from 0.001 to 2147483, but is "soon"',
  ],
]);

describe('handlers', () => {
  const names = (...known: string[]) => ({ has: (key: string) => known.includes(key), names: () => known });

  it('are not needed for a task', () => {
    const template = {
      name: 't',
      step_templates: [{ name: 'a', handler_class: 'b' }],
      task_handler_class: 'Shop::Orders',
    };
    for (const taskHandlers of [names(), names('PaymentHandler'), names('Orders')]) {
      expect(loadTemplates([template], { environment: 'test', env: {}, taskHandlers }).findings).toEqual([]);
    }
  });

  it('of tasks are told where they are nearly right', () => {
    expect(wrongWith('task_handler_class: Shop::OrdersHandlr', { taskHandlers: names('OrdersHandler') })).toEqual([
      '3:21: there is no task handler "OrdersHandlr". Did you mean "OrdersHandler"? Else decorate a provider with @TaskHandler',
    ]);
  });

  it('say what is wrong with their configs, at the place where it was written', () => {
    const handlers = {
      ...names('b'),
      configProblems: (_key: string, config: object) =>
        Object.keys(config).map((key) => ({ pointer: `/${key}`, message: `${key} is no option` })),
    };
    const yaml = 'handler_config:\n  retries: 3\nenvironments:\n  test: { handler_config: { url: x } }';
    expect(wrongWith(yaml, { handlers })).toEqual([
      '4:12: retries is no option',
      '6:34: url is no option (in environment "test")',
    ]);
  });
});
