import { join } from 'node:path';
import { loadTemplates } from 'nest-tasker';
import { scenariosOf, TaskerTestingModule, type TaskerTesting } from 'nest-tasker/testing';
import { orderContext, type Changes } from './order.fixture.js';
import { OrderProcessingModule } from './order-processing.module.js';
import { EmailService } from './shop/email.service.js';
import { InventoryService } from './shop/inventory.service.js';
import { PaymentSimulator } from './shop/payment-simulator.service.js';

const ONE_EACH = { validate_cart: 1, process_payment: 1, update_inventory: 1, create_order: 1, send_confirmation: 1 };
const PROCESS_ORDER = { namespace: 'ecommerce', name: 'process_order', version: '1.0.0' };
const TEMPLATE = join(__dirname, 'templates', 'process_order.yaml');

let tasker: TaskerTesting;
let inventory: InventoryService;
let payments: PaymentSimulator;
let emails: EmailService;

beforeAll(async () => {
  tasker = await TaskerTestingModule.create({ imports: [OrderProcessingModule] });
  [inventory, payments, emails] = [
    tasker.get(InventoryService),
    tasker.get(PaymentSimulator),
    tasker.get(EmailService),
  ];
});
afterAll(() => tasker?.close());
beforeEach(async () => {
  await tasker.cleanup();
  for (const service of [inventory, payments, emails]) service.reset();
});

/** Runs the workflow for an order to its end. */
const run = (changes: Changes = {}) => tasker.runTask({ ...PROCESS_ORDER, context: orderContext(changes) });
const paidBy = (token: string): Changes => ({ payment_info: { token } });

/** The rows that the shop has in its own table. */
const storedOrders = (): Promise<Record<string, unknown>[]> =>
  tasker.dataSource.query('select * from order_processing.orders order by order_id');

describe('process_order', () => {
  it('takes an order from the cart to the confirmation in five steps', async () => {
    const task = await run();

    expect(task).toMatchObject({ status: 'complete', fullName: 'ecommerce.process_order@1.0.0', attempts: ONE_EACH });
    expect(task.tags).toContain('order_processing');
    expect(task.results('validate_cart')).toMatchObject({ subtotal: 109.97, tax: 8.8, shipping: 5.99, total: 124.76 });
    expect(task.results('process_payment')).toMatchObject({ amount_charged: 124.76, status: 'completed' });
    expect(task.results('update_inventory')).toMatchObject({
      total_items_reserved: 3,
      updated_products: [
        { product_id: 1, previous_stock: 48_000, new_stock: 47_998, quantity_reserved: 2 },
        { product_id: 2, previous_stock: 32_000, new_stock: 31_999, quantity_reserved: 1 },
      ],
    });
    expect(task.results('create_order')).toMatchObject({
      order_number: expect.stringMatching(/^ORD-\d{8}-[0-9A-F]{8}$/),
      status: 'confirmed',
      total_amount: 124.76,
      customer_email: 'ann@example.org',
    });
    expect(task.results('send_confirmation')).toMatchObject({ email_sent: true, recipient: 'ann@example.org' });
    expect(payments.charges).toMatchObject([{ amount_cents: 12_476, reference: `order_${task.taskId}` }]);
    expect(emails.sent).toMatchObject([{ to: 'ann@example.org', variables: { total: 124.76 } }]);
  });

  it('runs its steps one after the other', async () => {
    const { steps } = await run();
    expect(steps.map(({ name, dependsOn }) => [name, ...dependsOn])).toEqual([
      ['validate_cart'],
      ['process_payment', 'validate_cart'],
      ['update_inventory', 'process_payment'],
      ['create_order', 'update_inventory'],
      ['send_confirmation', 'create_order'],
    ]);
    expect(steps.map(({ retryLimit }) => retryLimit)).toEqual([3, 3, 2, 3, 5]);
  });

  it('gives each step its time', () => {
    const { templates, findings } = loadTemplates([TEMPLATE], { environment: 'test', env: {} });
    expect(findings).toEqual([]);
    expect(templates[0]!.template.steps.map(({ timeoutSeconds }) => timeoutSeconds)).toEqual([15, 30, 20, 15, 10]);
  });

  it('needs to know where its services are in production', () => {
    const { findings } = loadTemplates([TEMPLATE], { environment: 'production', env: {} });
    const missing = findings.map(({ message }) => /ORDER_[A-Z_]+/.exec(message)?.[0]);
    expect(new Set(missing)).toEqual(
      new Set(['ORDER_INVENTORY_URL', 'ORDER_PAYMENT_URL', 'ORDER_PAYMENT_KEY', 'ORDER_EMAIL_URL']),
    );
  });

  it('writes the order into the table of the shop', async () => {
    const task = await run();
    const order = task.results<{ order_id: number; order_number: string }>('create_order');
    const rows = (await storedOrders()).filter((row) => row.task_id === task.taskId);
    expect(rows).toMatchObject([
      { order_number: order.order_number, order_id: String(order.order_id), total_cents: '12476', customer_id: '501' },
    ]);
  });

  it('tells operators what became of it', async () => {
    const { taskId } = await run();
    await tasker.events.next('task.completed', { task_id: taskId });
    await expectAnnotations(taskId, { outcome: 'order_confirmed', total: 124.76 });
  });

  it.each([
    ['standard', 'standard', 0, 7],
    ['premium', 'standard', 40, 7],
    ['enterprise', 'overnight', 90, 1],
    ['standard', 'express', 20, 2],
  ] as const)(
    'serves %s customers with %s shipping at priority %i, in %i days',
    async (tier, priority, urgency, days) => {
      const task = await run({ customer_info: { tier }, priority });
      const order = task.results<{ created_at: string; estimated_delivery: string }>('create_order');
      expect(task).toMatchObject({ status: 'complete', priority: urgency });
      const delivered = Date.parse(order.estimated_delivery) - Date.parse(order.created_at.slice(0, 10));
      expect(delivered / 86_400_000).toBe(days);
    },
  );

  it('refuses a checkout that is not as the schema says, before anything runs', async () => {
    const refused = run({ cart_items: [{ product_id: 1, quantity: 0 }], priority: 'yesterday' as never });
    await expect(refused).rejects.toMatchObject({
      code: 'context_invalid',
      findings: [{ path: 'context.cart_items[0].quantity' }, { path: 'context.priority' }].map((finding) =>
        expect.objectContaining(finding),
      ),
    });
    expect(inventory.calls()).toEqual([]);
  });
});

describe('a payment', () => {
  it.each(['test_insufficient_visa', 'test_invalid_visa'])('by %s is declined at once and for good', async (token) => {
    const task = await run(paidBy(token));
    expect(task).toMatchObject({ status: 'error', attempts: { process_payment: 1, update_inventory: 0 } });
    expect(task.step('process_payment')).toMatchObject({ status: 'error', error: { errorCode: 'PAYMENT_DECLINED' } });
    expect(inventory.reservations).toEqual([]);
  });

  it('by test_timeout_… is tried three times', async () => {
    const task = await run(paidBy('test_timeout_visa'));
    expect(task).toMatchObject({ status: 'error', attempts: { process_payment: 3 } });
    expect(task.step('process_payment').error).toMatchObject({ errorCode: 'HTTP_TIMEOUT', errorCategory: 'timeout' });
    expect(payments.charges).toEqual([]);
  });

  it('by test_rate_limit_… waits as long as the gateway says', async () => {
    const task = await run(paidBy('test_rate_limit_visa'));
    expect(task).toMatchObject({ status: 'complete', attempts: { ...ONE_EACH, process_payment: 2 } });
    const [first, second] = task.step('process_payment').attemptHistory!;
    expect(first!.error).toMatchObject({ errorCode: 'HTTP_429' });
    expect(second!.startedAt!.getTime() - first!.completedAt!.getTime()).toBeGreaterThanOrEqual(30_000);
  });

  it('by test_temp_fail_… is made at the second attempt, once', async () => {
    const task = await run(paidBy('test_temp_fail_visa'));
    expect(task).toMatchObject({ status: 'complete', attempts: { ...ONE_EACH, process_payment: 2 } });
    expect(payments.charges).toHaveLength(1);
  });

  it('whose answer is lost is not made again', async () => {
    payments.loseAnswer('/charges', { times: 1 });
    const task = await run();
    expect(task).toMatchObject({ status: 'complete', attempts: { process_payment: 2 } });
    expect(payments.calls('/charges')).toHaveLength(2);
    expect(payments.charges).toHaveLength(1);
    expect(task.results('process_payment')).toMatchObject({ payment_id: payments.charges[0]!.payment_id });
  });

  it('of another amount than the cart costs is not made', async () => {
    const task = await run({ payment_info: { amount: 124.75 } });
    expect(task.step('process_payment').error).toMatchObject({
      errorCode: 'PAYMENT_AMOUNT_MISMATCH',
      context: { expected: 124.76, given: 124.75 },
    });
    expect(payments.calls()).toEqual([]);
  });
});

describe('an order that stops', () => {
  it('because of the stock goes on from there once goods have come in, and pays once', async () => {
    inventory.setStock(7, 2);
    // both have validated their carts before either reserves
    payments.delay('/charges', { ms: 150 });
    const last = { cart_items: [{ product_id: 7, quantity: 2 }], payment_info: { amount: 59.97 } };
    const tasks = await Promise.all([run(last), run(last)]);
    const stopped = tasks.find(({ status }) => status === 'error')!;

    expect(tasks.map(({ status }) => status).sort()).toEqual(['complete', 'error']);
    expect(stopped.attempts).toMatchObject({ process_payment: 1, update_inventory: 2, create_order: 0 });
    expect(stopped.step('update_inventory').error).toMatchObject({
      errorCode: 'INSUFFICIENT_STOCK',
      context: { shortages: [{ product_id: 7, requested: 2, available: 0 }] },
    });
    await expectAnnotations(stopped.taskId, { outcome: 'order_stopped', stopped_at: ['update_inventory'] });

    inventory.setStock(7, 5);
    await tasker.client.retryTask(stopped.taskId, { actor: 'ann', reason: 'Goods have come in' });
    const repaired = await tasker.finished(stopped.taskId);

    expect(repaired).toMatchObject({
      status: 'complete',
      attempts: { validate_cart: 1, process_payment: 1, update_inventory: 3, create_order: 1, send_confirmation: 1 },
    });
    const reference = `order_${stopped.taskId}`;
    expect(payments.charges.filter((charge) => charge.reference === reference)).toHaveLength(1);
    expect(inventory.reservations.filter(({ reserved_for }) => reserved_for === reference)).toHaveLength(1);
    expect(inventory.stockOf(7)).toBe(3);
  });

  it('because no e-mail can be sent has made five attempts, and keeps its order', async () => {
    emails.fail('/messages', { status: 503 });
    const task = await run();
    expect(task).toMatchObject({ status: 'error', attempts: { ...ONE_EACH, send_confirmation: 5 } });
    expect(task.step('create_order').status).toBe('complete');
    expect(task.step('send_confirmation').error).toMatchObject({ errorCode: 'HTTP_503' });
  });

  it('sends its e-mail after a rate limit of a minute', async () => {
    emails.rateLimit('/messages', { retryAfter: 60, times: 1 });
    expect(await run()).toMatchObject({ status: 'complete', attempts: { ...ONE_EACH, send_confirmation: 2 } });
    expect(emails.sent).toHaveLength(1);
  });

  it('reserves nothing where one of its products is missing', async () => {
    inventory.stub('POST /reservations', { status: 409, body: { code: 'out_of_stock', shortages: [] }, times: 1 });
    const task = await run();
    expect(task).toMatchObject({ status: 'complete', attempts: { ...ONE_EACH, update_inventory: 2 } });
    expect(inventory.stockOf(1)).toBe(47_998);
  });
});

describe('the sample scenarios', () => {
  it.each(scenariosOf(TEMPLATE))('$title', async ({ scenario }) => {
    const report = await tasker.runScenario(PROCESS_ORDER, scenario.name);
    expect(report).toMatchObject({ passed: true, problems: [] });
  });
});

/** They are written once the task has settled. */
async function expectAnnotations(taskId: string, annotations: object): Promise<void> {
  for (const until = Date.now() + 5_000; Date.now() < until;) {
    const task = await tasker.look(taskId);
    if (task.annotations) return expect(task.annotations).toMatchObject(annotations);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('The task has got no annotations');
}
