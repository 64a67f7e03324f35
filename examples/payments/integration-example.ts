import 'reflect-metadata';
import { StepHandlerRegistry, TaskHandlerRegistry, type JsonObject, type TemplateDefinition } from 'nest-tasker';
import { TaskerTestingModule, type TaskerTesting } from 'nest-tasker/testing';
import { PaymentsModule } from './payments.module.js';
import { PaymentProcessingStepHandler, type PaymentResult } from './step-handlers/payment-processing.step-handler.js';

const NAME = { namespace: 'integration_example', name: 'payment_workflow', version: '1.0.0' };
const HANDLERS = ['PaymentProcessingStepHandler', 'NotificationStepHandler'] as const;
const CUSTOMER = { customer_id: 'cust_123', customer_email: 'customer@example.org' };
const TIMED_CALLS = 10;

/** Two steps in code, with the handlers of the module. */
const TEMPLATE: TemplateDefinition = {
  name: NAME.name,
  namespace_name: NAME.namespace,
  version: NAME.version,
  custom_events: [
    'payment_processed',
    'payment_amount_exceeds_limit',
    'notification_sent',
    'notification_delivery_failed',
  ].map((name) => ({ name })),
  step_templates: [
    {
      name: 'payment_processing',
      handler_class: HANDLERS[0],
      default_retry_limit: 3,
      timeout_seconds: 30,
      handler_config: { payment_gateway: 'stripe', max_amount: 10_000 },
    },
    {
      name: 'send_confirmation',
      handler_class: HANDLERS[1],
      depends_on_step: 'payment_processing',
      default_retry_limit: 5,
      timeout_seconds: 15,
      handler_config: { notification_type: 'email', template: 'payment_confirmation' },
    },
  ],
};

/** What came of it, for whoever runs it from a program. */
export interface IntegrationSummary {
  handlers: number;
  taskId: string;
  status: string;
  refusedWith: string | null;
  /** Mean of some charges by the handler alone, in milliseconds. */
  meanCallMs: number;
  events: number;
}

/**
 * All of Tasker that a payment touches, in nine stages, on the real engine and an embedded database of its own.
 *
 * @param print - takes the lines that tell what happens
 */
export async function runIntegrationExample(print: (line: string) => void): Promise<IntegrationSummary> {
  const stage = (number: number, title: string): void => print(`\n${number}. ${title}`);
  const show = (what: string, value: unknown): void => print(`   ${what}: ${JSON.stringify(value)}`);

  const tasker = await TaskerTestingModule.create({ imports: [PaymentsModule], environment: 'test' });
  try {
    const registry = tasker.get(StepHandlerRegistry);

    stage(1, 'Handlers: injectable classes with a schema of their config');
    for (const name of HANDLERS) show(name, { default_config: defaultConfig(registry, name) });

    stage(2, 'Registration: by decorator, when the application started');
    show('step handlers', registry.stats());

    stage(3, 'Verification: who is registered, by every name that a template may use');
    show('registered', Object.fromEntries(HANDLERS.map((name) => [name, registry.has(name)])));
    const handlers = registry.list().map(({ name, handler }) => ({ name, handler_class: handler.constructor.name }));
    show('handlers', { count: handlers.length, handlers });

    stage(4, 'Configuration: a task template, proven before it is used');
    await tasker.addTemplates([TEMPLATE]);
    for (const { name, default_retry_limit, timeout_seconds } of TEMPLATE.step_templates)
      show(name, { default_retry_limit, timeout_seconds });

    stage(5, 'Test kit: clean tables, a task and a step as a test wants them');
    show('cleaned', (await tasker.cleanup()).cleanedTables.length);
    const made = await tasker.createTask({ ...NAME, state: 'pending', context: payment(99.99), tags: ['example'] });
    const step = await tasker.createWorkflowStep({ taskId: made.taskId, inputs: { amount: 99.99, currency: 'USD' } });
    show('task', { task_id: made.taskId, tags: made.tags });
    show('step', { step_id: step.stepId, name: step.name, status: step.status, inputs: step.inputs });

    stage(6, 'Registries: task handlers by namespace, name and version');
    const taskHandlers = tasker.get(TaskHandlerRegistry);
    show('exists', taskHandlers.has('CreditCardPaymentHandler'));
    const ofPayments = taskHandlers.list().filter(({ namespace }) => namespace === 'payments');
    show('in payments', { count: ofPayments.length, names: ofPayments.map(({ name }) => name) });

    stage(7, 'Execution: a handler alone, then a task through the engine');
    show('alone', await charge(tasker, step.inputs));
    const task = await tasker.runTask({ ...NAME, context: payment(99.99) });
    for (const { name, results } of task.steps) show(name, results);
    show('task', { status: task.status, attempts: task.attempts });

    stage(8, 'Errors and time: an amount beyond the limit, and ten charges');
    const refused = await tasker.runTask({ ...NAME, context: payment(20_000) });
    const { errorClass, errorCode, retryable } = refused.step('payment_processing').error!;
    show('error', { type: errorClass, error_code: errorCode, permanent: !retryable, attempts: refused.attempts });
    const meanCallMs = await meanMs(TIMED_CALLS, () => charge(tasker, { amount: 10 }));
    show('mean of ten charges, ms', Math.round(meanCallMs * 100) / 100);

    stage(9, 'Summary');
    const summary: IntegrationSummary = {
      handlers: handlers.length,
      taskId: task.taskId,
      status: task.status,
      refusedWith: errorCode,
      meanCallMs,
      events: tasker.events.names({ task_id: task.taskId }).length,
    };
    show('summary', summary);
    return summary;
  } finally {
    await tasker.close();
  }
}

const payment = (payment_amount: number): JsonObject => ({
  payment_amount,
  currency: 'USD',
  payment_token: 'tok_visa',
  ...CUSTOMER,
});

/** The handler's result without an engine: what it is given, and what it answers, are JSON. */
const charge = (tasker: TaskerTesting, inputs: JsonObject): Promise<PaymentResult> =>
  tasker.runStep(PaymentProcessingStepHandler, { context: { payment_amount: 0, ...CUSTOMER }, inputs });

function defaultConfig(registry: StepHandlerRegistry, handler: string): JsonObject {
  const config: JsonObject = {};
  registry.find(handler)!.configSchema!.complete(config, {});
  return config;
}

async function meanMs(times: number, call: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  for (let n = 0; n < times; n++) await call();
  return (performance.now() - startedMs) / times;
}

if (require.main === module) {
  runIntegrationExample((line) => process.stdout.write(`${line}\n`)).catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
}
