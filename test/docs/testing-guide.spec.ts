// The examples of docs/testing.md. The last test here holds the page to them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
// #region handler
import { Injectable, Module } from '@nestjs/common';
import { PermanentError, StepHandler, StepHandlerBase, TaskerModule, type StepContext } from 'nest-tasker';
import { runStep, TaskerTesting, TaskerTestingModule } from 'nest-tasker/testing';

interface Order {
  amount: number;
}

@Injectable()
@StepHandler('charge_card')
export class ChargeCard extends StepHandlerBase<Order, { charged: number }> {
  async process({ task, sequence, config, step, publish }: StepContext<Order>) {
    if (task.context.amount <= 0) throw new PermanentError('Nothing to charge', { errorCode: 'INVALID_AMOUNT' });
    const { customer } = sequence.results<{ customer: string }>('fetch_order');
    publish('shop.card_charged', { customer, key: step.idempotencyKey });
    return { charged: task.context.amount + Number(config.fee ?? 0) };
  }
}

it('adds the fee', async () => {
  const result = await runStep(new ChargeCard(), {
    context: { amount: 10 },
    config: { fee: 2 },
    results: { fetch_order: { customer: 'Ada' } },
  });
  expect(result.charged).toBe(12);
});
// #endregion
// #region published
it('tells whose card was charged', async () => {
  const published: PublishedEvent[] = [];
  const results = { fetch_order: { customer: 'Ada' } };
  await runStep(new ChargeCard(), { context: { amount: 10 }, results, published });
  expect(published).toMatchObject([{ event: 'shop.card_charged', payload: { customer: 'Ada' } }]);
});
// #endregion
import {
  callThrough,
  checkIdempotency,
  failRandomly,
  failTimes,
  scenariosOf,
  succeedWith,
  timeoutTimes,
  topology,
  type PublishedEvent,
} from 'nest-tasker/testing';
import { Test } from '@nestjs/testing';

const SHOP = {
  name: 'place_order',
  namespace_name: 'shop',
  custom_events: [{ name: 'shop.card_charged' }],
  step_templates: [
    { name: 'fetch_order', handler_class: 'fetch_order' },
    {
      name: 'charge_card',
      handler_class: 'charge_card',
      depends_on_step: 'fetch_order',
      retry_backoff: { kind: 'fixed', initial_delay: 7200, max_delay: 7200, jitter: 0 },
    },
  ],
  testing: {
    test_data: { amount: 10 },
    test_scenarios: [
      { name: 'paid', steps: ['charge_card'] },
      { name: 'slow_bank', timeout_step: 'charge_card', retry_expected: true },
      { name: 'nothing_to_pay', context: { amount: 0 }, expected_error: 'INVALID_AMOUNT' },
    ],
  },
} as const satisfies TemplateDefinition;
import type { TemplateDefinition } from 'nest-tasker';

@Injectable()
@StepHandler('fetch_order')
class FetchOrder {
  process(): { customer: string } {
    return { customer: 'Ada' };
  }
}

@Module({
  imports: [
    TaskerModule.forRoot({
      database: { url: 'postgres://localhost:1/shop' },
      templates: [SHOP],
      http: { enabled: false },
    }),
  ],
  providers: [FetchOrder, ChargeCard],
})
class AppModule {}

// #region application
describe('placing an order', () => {
  const order = { name: 'place_order', namespace: 'shop', context: { amount: 10 } };
  let tasker: TaskerTesting;
  beforeAll(async () => {
    tasker = await TaskerTestingModule.create({ application: AppModule });
  });
  afterAll(() => tasker.close());
  afterEach(async () => {
    tasker.mocks.clear();
    await tasker.cleanup();
  });

  it('charges the card', async () => {
    const task = await tasker.runTask(order);
    expect(task.status).toBe('complete');
    expect(task.results('charge_card')).toEqual({ charged: 10 });
  });
  // #endregion

  // #region time
  it('tries the card again after two hours, and once more', async () => {
    tasker.mocks.set({ charge_card: failTimes(2) });
    const task = await tasker.runTask(order);
    const [first, , third] = task.step('charge_card').attemptHistory!;
    expect(third!.startedAt!.getTime() - first!.startedAt!.getTime()).toBeGreaterThanOrEqual(4 * 3_600_000);
  });

  it('is not sent before its time', async () => {
    const runAt = new Date(tasker.time.now().getTime() + 86_400_000);
    const { taskId } = await tasker.createTask({ ...order, runAt });
    await tasker.time.advance('23h');
    expect((await tasker.look(taskId)).status).toBe('pending');
    await tasker.time.advance('1h');
    expect((await tasker.look(taskId)).status).toBe('complete');
  });
  // #endregion

  // #region mocks
  it('survives a bank that hangs once', async () => {
    const { charge_card } = tasker.mocks.set({ charge_card: timeoutTimes(1).thenSucceedWith({ charged: 10 }) });
    const task = await tasker.runTask(order);
    expect(task.step('charge_card').attemptHistory).toMatchObject([{ outcome: 'timed_out' }, { outcome: 'succeeded' }]);
    expect(charge_card.callCount).toBe(2);
    expect(charge_card.lastCall).toMatchObject({ step: 'charge_card', attempt: 2, context: { amount: 10 } });
  });
  // #endregion

  it.each([callThrough(), checkIdempotency(), failRandomly(0.2, 3), succeedWith({ charged: 1 })])(
    'runs with each of the mocks',
    async (mock) => {
      tasker.mocks.set({ charge_card: mock });
      expect((await tasker.runTask(order)).status).toBe('complete');
    },
  );

  // #region events
  it('tells the customer once the card is charged', async () => {
    const charged = tasker.events.next('shop.card_charged');
    await tasker.runTask(order);
    expect(await charged).toMatchObject({ customer: 'Ada', step_name: 'charge_card' });
    const completed = tasker.events.of('step.completed');
    expect(completed.map(({ step_name }) => step_name)).toEqual(['fetch_order', 'charge_card']);
  });
  // #endregion

  // #region factories
  it('shows operators what failed', async () => {
    const task = await tasker.createTask({
      name: 'place_order',
      namespace: 'shop',
      state: 'error',
      failedStep: 'charge_card',
    });
    expect(task.statuses).toEqual({ fetch_order: 'complete', charge_card: 'error' });
    const step = await tasker.createWorkflowStep({ state: 'waiting_for_retry', attempts: 2, retryAfterSeconds: 600 });
    expect(step.attempts).toBe(2);
    const { handler } = await tasker.createFoundation({ namespace: 'billing', taskName: 'invoice', stepName: 'send' });
    await tasker.runTask({ name: 'invoice', namespace: 'billing' });
    expect(handler.callCount).toBe(1);
  });
  // #endregion

  // #region topologies
  it('goes on with one branch of a diamond while the other fails', async () => {
    const { template, mockHandlers } = topology('diamond', { branch_two_process: 3 });
    await tasker.addTemplates([template], mockHandlers);
    const task = await tasker.runTask({ name: template.name, namespace: 'topologies' });
    expect(task.statuses).toMatchObject({ branch_one_validate: 'complete', branch_two_process: 'error' });
  });
  // #endregion

  // #region scenarios
  it.each(scenariosOf(SHOP))('$title', async ({ scenario }) => {
    const { problems } = await tasker.runScenario({ name: 'place_order', namespace: 'shop' }, scenario);
    expect(problems).toEqual([]);
  });
  // #endregion
});

// #region nest
it('fits into a testing module of your own', async () => {
  const module = await Test.createTestingModule({
    imports: [TaskerTestingModule.forRoot({ templates: [SHOP] })],
    providers: [FetchOrder, ChargeCard],
  }).compile();
  await module.init();
  const task = await module
    .get(TaskerTesting)
    .runTask({ name: 'place_order', namespace: 'shop', context: { amount: 10 } });
  expect(task.status).toBe('complete');
  await module.close();
});
// #endregion

describe('docs/testing.md', () => {
  const page = readFileSync(join(__dirname, '..', '..', 'docs', 'testing.md'), 'utf8');
  const examples = [...page.matchAll(/<!-- example: (\w+) -->\n\n```ts\n([^]*?)```/g)];

  it('has the examples that are run here, to the letter', () => {
    const here = readFileSync(__filename, 'utf8');
    const regions = [...here.matchAll(/^ *\/\/ #region (\w+)\n([^]*?)^ *\/\/ #endregion$/gm)];
    expect(Object.fromEntries(examples.map(([, name, text]) => [name, text]))).toEqual(
      Object.fromEntries(regions.map(([, name, text]) => [name, dedent(text!)])),
    );
    expect(examples.length).toBe(regions.length);
  });
});

function dedent(text: string): string {
  const indents = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => /^ */.exec(line)![0].length);
  const least = Math.min(...indents);
  return text.replace(new RegExp(`^ {${least}}`, 'gm'), '');
}
