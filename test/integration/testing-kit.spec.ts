import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { Server } from 'node:http';
import request from 'supertest';
import {
  EventSubscriber,
  PermanentError,
  StepHandler,
  TaskerClient,
  TaskerModule,
  type StepContext,
  type TemplateDefinition,
} from '../../src/index.js';
import {
  callThrough,
  checkIdempotency,
  failAlways,
  failRandomly,
  failTimes,
  succeedWith,
  TaskerTesting,
  TaskerTestingModule,
  timeoutTimes,
  untilAborted,
  type CreateOptions,
} from '../../src/testing/index.js';

const ORDER: TemplateDefinition = {
  name: 'order',
  namespace_name: 'shop',
  custom_events: [{ name: 'order.priced' }],
  step_templates: [
    { name: 'fetch_cart', handler_class: 'fetch_cart' },
    { name: 'charge_card', handler_class: 'Shop::ChargeCardHandler', depends_on_step: 'fetch_cart' },
  ],
};

@Injectable()
class Prices {
  of = (item: string): number => item.length;
}

@Injectable()
@StepHandler('fetch_cart')
class FetchCartHandler {
  constructor(private readonly prices: Prices) {}

  process({ task, publish }: StepContext<{ item: string }>) {
    const total = this.prices.of(task.context.item);
    publish('order.priced', { total });
    return { total };
  }
}

@Injectable()
@StepHandler({ name: 'charge', aliases: ['ChargeCardHandler'], configSchema: { properties: { fee: { default: 2 } } } })
class Charge {
  charges = 0;

  process({ sequence, config }: StepContext) {
    return {
      charged: sequence.results<{ total: number }>('fetch_cart').total + Number(config.fee),
      no: ++this.charges,
    };
  }
}

@Injectable()
@EventSubscriber({ events: ['task.completed'] })
class Mailer {
  readonly sent: string[] = [];
  handleTaskCompleted({ task_id }: { task_id: string }): void {
    this.sent.push(task_id);
  }
}

const PROVIDERS = [Prices, FetchCartHandler, Charge, Mailer];
const REQUEST = { name: 'order', namespace: 'shop', context: { item: 'book' } };

/** A host's own module, that would go to a database which is not there. */
@Module({
  imports: [
    TaskerModule.forRoot({
      database: { url: 'postgres://nobody@127.0.0.1:1/production' },
      templates: [ORDER],
      worker: { name: 'of the host' },
      http: { enabled: false },
    }),
  ],
  providers: PROVIDERS,
})
class HostModule {}

describe('TaskerTestingModule', () => {
  const closing: (() => Promise<unknown>)[] = [];
  const create = async (options: CreateOptions): Promise<TaskerTesting> => {
    const tasker = await TaskerTestingModule.create(options);
    closing.push(() => tasker.close());
    return tasker;
  };
  afterEach(async () => {
    await Promise.all(closing.splice(0).map((close) => close()));
  });

  describe('create', () => {
    it('starts handlers, templates and subscribers on a database of its own', async () => {
      const tasker = await create({ templates: [ORDER], providers: PROVIDERS });
      const task = await tasker.runTask(REQUEST);
      expect(task).toMatchObject({ status: 'complete', fullName: 'shop.order@0.1.0', initiator: 'test' });
      expect(task.results('charge_card')).toEqual({ charged: 6, no: 1 });
      expect(task.step('fetch_cart').attemptHistory).toMatchObject([{ outcome: 'succeeded', results: { total: 4 } }]);
      expect(() => task.step('fetch_crat')).toThrow('Did you mean "fetch_cart"?');
      expect(tasker.get(Mailer).sent).toEqual([task.taskId]);
    });

    it('takes an application as it is, its options too, onto its own database', async () => {
      const tasker = await create({ application: HostModule, mockHandlers: { charge_card: timeoutTimes(1) } });
      const task = await tasker.runTask(REQUEST);
      expect(task).toMatchObject({ status: 'complete', attempts: { charge_card: 2 } });
      expect(task.step('fetch_cart').worker).toBe('of the host');
      expect(tasker.get(TaskerClient)).toBe(tasker.client);
    });

    it('fails as the application does, and leaves nothing behind', async () => {
      const template = { name: 'broken', step_templates: [{ name: 'a', handler_class: 'nobody' }] };
      await expect(TaskerTestingModule.create({ templates: [template] })).rejects.toMatchObject({
        code: 'template_invalid',
        message: expect.stringContaining('nobody'),
      });
    });

    it('refuses mocks that nothing could ever call', async () => {
      const options = { templates: [ORDER], providers: PROVIDERS, mockHandlers: { chrage_card: failTimes(1) } };
      await expect(TaskerTestingModule.create(options)).rejects.toThrow(
        'mockHandlers.chrage_card: no step and no handler has that name. Did you mean "charge_card"?',
      );
    });

    it('ends with `await using`', async () => {
      const tasker = await TaskerTestingModule.create({ templates: [ORDER], providers: PROVIDERS });
      await tasker[Symbol.asyncDispose]();
      await expect(tasker.runTask(REQUEST)).rejects.toThrow();
      await tasker.close();
    });

    it('gives each application its own database, or that of one beside which it runs', async () => {
      const options = { templates: [ORDER], providers: PROVIDERS };
      const [one, other] = [await create(options), await create(options)];
      const { taskId } = await one.runTask(REQUEST);
      await expect(other.look(taskId)).rejects.toMatchObject({ code: 'task_not_found' });
      const beside = await create({ ...options, beside: one, roles: ['api'] });
      expect(await beside.look(taskId)).toMatchObject({ status: 'complete' });
      await one.close();
      expect(await beside.look(taskId)).toMatchObject({ status: 'complete' });
      await beside.time.advance('1h');
      expect(beside.time.now().getTime() - Date.now()).toBeGreaterThan(3_500_000);
    });
  });

  it('is a module to put into one of Nest’s own, which may answer HTTP', async () => {
    const options = { templates: [ORDER], mockHandlers: { charge: succeedWith(null) }, http: { enabled: true } };
    const module = await Test.createTestingModule({
      imports: [TaskerTestingModule.forRoot(options)],
      providers: PROVIDERS,
    }).compile();
    const app = await module.createNestApplication({ logger: false }).init();
    const tasker = app.get(TaskerTesting);
    await tasker.time.advance('30d');
    const { taskId } = await tasker.runTask(REQUEST);
    const { body } = await request(app.getHttpServer() as Server)
      .get(`/tasker/tasks/${taskId}`)
      .expect(200);
    expect(body).toMatchObject({ status: 'complete' });
    expect(Date.parse(body.created_at as string) - Date.now()).toBeGreaterThan(29 * 86_400_000);
    await expect(tasker.close()).rejects.toThrow('Close the module that you have put');
    await app.close();
  });
});

describe('an application under test', () => {
  let tasker: TaskerTesting;
  beforeAll(async () => {
    tasker = await TaskerTestingModule.create({ templates: [ORDER], providers: PROVIDERS });
  });
  afterAll(() => tasker.close());
  afterEach(async () => {
    tasker.mocks.clear();
    tasker.get(Charge).charges = 0;
    await tasker.cleanup();
  });

  describe('mocks', () => {
    it.each(['charge_card', 'charge', 'Charge', 'ChargeCardHandler'])(
      'replace a handler by the name of its step, or any name of its own: %s',
      async (name) => {
        tasker.mocks.set({ [name]: failTimes(2, 'no cover').thenSucceedWith({ paid: true }) });
        const task = await tasker.runTask(REQUEST);
        expect(task.results('charge_card')).toEqual({ paid: true });
        const mock = tasker.mocks.get(name);
        expect(mock.callCount).toBe(3);
        expect(mock.calls.map(({ attempt, error }) => [attempt, error && (error as Error).message])).toEqual([
          [1, 'no cover'],
          [2, 'no cover'],
          [3, undefined],
        ]);
        expect(mock.lastCall).toMatchObject({
          taskId: task.taskId,
          step: 'charge_card',
          context: { item: 'book' },
          config: { fee: 2 },
          result: { paid: true },
        });
        expect(tasker.get(Charge).charges).toBe(0);
      },
    );

    it('fail for good with the error that they are given', async () => {
      tasker.mocks.set({ charge: failAlways(new PermanentError('declined', { errorCode: 'DECLINED' })) });
      const task = await tasker.runTask(REQUEST);
      expect(task).toMatchObject({ status: 'error', attempts: { charge_card: 1 } });
      expect(task.step('charge_card').error).toMatchObject({ errorCode: 'DECLINED' });
    });

    it('time out as often as they are told', async () => {
      tasker.mocks.set({ charge: timeoutTimes(2) });
      const task = await tasker.runTask(REQUEST);
      const outcomes = task.step('charge_card').attemptHistory!.map(({ outcome }) => outcome);
      expect(outcomes).toEqual(['timed_out', 'timed_out', 'succeeded']);
    });

    it('fail at random, but always the same for a seed', async () => {
      const failing = async (seed: number): Promise<boolean[]> => {
        const { charge } = tasker.mocks.set({ charge: failRandomly(0.5, seed) });
        for (let run = 0; run < 8; run++) await tasker.runTask(REQUEST);
        return charge.calls.map(({ error }) => error !== undefined);
      };
      const [first, again, other] = [await failing(7), await failing(7), await failing(8)];
      expect(again).toEqual(first);
      expect(other).not.toEqual(first);
      expect(first).toContain(true);
      expect(first).toContain(false);
      expect(() => failRandomly(1.5)).toThrow('A probability is from 0 to 1, not 1.5.');
    });

    it('leave the work to the real handler, and log what it brings', async () => {
      tasker.mocks.set({ charge: callThrough(), fetch_cart: failTimes(1).thenCallThrough() });
      const task = await tasker.runTask(REQUEST);
      expect(task.results('charge_card')).toEqual({ charged: 6, no: 1 });
      expect(tasker.mocks.get('charge').lastCall!.result).toEqual({ charged: 6, no: 1 });
      expect(task.attempts).toEqual({ fetch_cart: 2, charge_card: 1 });
    });

    it('run a handler twice to see whether it may run twice', async () => {
      tasker.mocks.set({ charge: checkIdempotency(), fetch_cart: checkIdempotency() });
      const task = await tasker.runTask(REQUEST);
      expect(task.step('fetch_cart').status).toBe('complete');
      expect(task.step('charge_card').error).toMatchObject({
        errorCode: 'NOT_IDEMPOTENT',
        message: 'Step "charge_card" is not idempotent: its second run brings something else.',
        context: { first: '{"charged":6,"no":1}', second: '{"charged":6,"no":2}' },
      });
    });

    it('are functions and objects, too, and come and go while the application runs', async () => {
      tasker.mocks.set({ charge: ({ sequence }) => ({ from: sequence.names }) });
      expect((await tasker.runTask(REQUEST)).results('charge_card')).toEqual({ from: ['fetch_cart'] });
      tasker.mocks.set({ charge: { process: () => 'object' } });
      expect((await tasker.runTask(REQUEST)).results('charge_card')).toBe('object');
      tasker.mocks.remove('charge');
      expect((await tasker.runTask(REQUEST)).results('charge_card')).toMatchObject({ charged: 6 });
    });

    it('stand for handlers that are not there yet, by the name of the step or of the handler', async () => {
      const step_templates = [
        { name: 'a', handler_class: 'nobody' },
        { name: 'b', handler_class: 'nobody_either' },
      ];
      const template = { name: 'unwritten', step_templates };
      await tasker.addTemplates([template], { a: succeedWith(1), nobody_either: succeedWith(2) });
      const task = await tasker.runTask({ name: 'unwritten' });
      expect([task.results('a'), task.results('b')]).toEqual([1, 2]);
    });
  });

  describe('events', () => {
    beforeEach(() => void tasker.mocks.set({ charge: failTimes(1) }));

    it('are recorded in their order, those that handlers publish among them', async () => {
      const { taskId } = await tasker.runTask(REQUEST);
      const names = tasker.events.names({ task_id: taskId });
      const some = ['task.started', 'order.priced', 'step.completed', 'step.retry_scheduled', 'task.completed'];
      expect(names.filter((name) => some.includes(name))).toEqual([
        ...['task.started', 'order.priced', 'step.completed'],
        ...['step.retry_scheduled', 'step.completed', 'task.completed'],
      ]);
      expect(tasker.events.of('order.priced')).toMatchObject([{ total: 4, step_name: 'fetch_cart' }]);
      expect(tasker.events.of('step_completed').map(({ step_name }) => step_name)).toEqual([
        'fetch_cart',
        'charge_card',
      ]);
      expect(tasker.events.of('task.*').map(({ event }) => event)).toEqual(
        names.filter((name) => name.startsWith('task.')),
      );
      expect(tasker.events.all().length).toBeGreaterThan(names.length - 1);
    });

    it('are waited for, each once, whether they have come already or not', async () => {
      const completed = tasker.events.next('task.completed');
      await tasker.runTask(REQUEST);
      const { task_id } = await completed;
      expect(await tasker.events.next('step.completed', { step_name: 'charge_card' })).toMatchObject({ task_id });
      expect(await tasker.events.next('step.completed')).toMatchObject({ step_name: 'fetch_cart' });
      await expect(tasker.events.next('step.completed', {}, { timeoutMs: 20 })).rejects.toThrow(
        /No event "step\.completed" within 20 ms\. Published were: .*task\.completed/,
      );
    });
  });

  describe('runStep', () => {
    it('runs a handler of the application, by its class or its name', async () => {
      await expect(tasker.runStep(FetchCartHandler, { context: { item: 'pen' } })).resolves.toEqual({ total: 3 });
      const results = { fetch_cart: { total: 1 } };
      await expect(tasker.runStep('charge', { results, config: { fee: 4 } })).resolves.toMatchObject({ charged: 5 });
      await expect(tasker.runStep('chrage')).rejects.toThrow('Did you mean "charge"?');
    });

    it('commits what a transaction of the handler has written, or nothing', async () => {
      const { manager } = tasker.dataSource;
      await manager.query('create table public.ledger (amount int not null)');
      const handler = (amount: number | null) => ({
        process: async ({ transaction }: StepContext) => {
          await transaction(async (db) => {
            await db.query('insert into public.ledger values (1)');
            await db.query('insert into public.ledger values ($1)', [amount]);
            return { amount };
          });
          return 'too late';
        },
      });
      await expect(tasker.runStep(handler(2))).resolves.toEqual({ amount: 2 });
      await expect(tasker.runStep(handler(null))).rejects.toThrow(/null value/);
      expect(await manager.query('select amount from public.ledger order by 1')).toEqual([
        { amount: 1 },
        { amount: 2 },
      ]);
    });
  });

  describe('cleanup', () => {
    it('empties the tables of tasks, and nothing else', async () => {
      tasker.mocks.set({ charge: failTimes(1) });
      await tasker.dataSource.query('create table public.mine as select 1 as kept');
      const { taskId } = await tasker.runTask({ ...REQUEST, idempotencyKey: 'once' });
      const { cleanedTables } = await tasker.cleanup();
      expect(cleanedTables).toEqual(expect.arrayContaining(['task', 'step', 'transition', 'idempotency_key']));
      expect(cleanedTables).not.toContain('template');
      await expect(tasker.look(taskId)).rejects.toMatchObject({ code: 'task_not_found' });
      expect((await tasker.client.listTasks()).tasks).toEqual([]);
      expect(tasker.events.all()).toEqual([]);
      expect(tasker.mocks.get('charge').callCount).toBe(0);
      expect(await tasker.dataSource.query('select * from public.mine')).toEqual([{ kept: 1 }]);
      expect(await tasker.runTask({ ...REQUEST, idempotencyKey: 'once' })).toMatchObject({ status: 'complete' });
    });

    it('ends what still runs, whose results come to nothing', async () => {
      const stopped: unknown[] = [];
      tasker.mocks.set({
        fetch_cart: ({ signal }) => untilAborted(signal).catch((reason: unknown) => stopped.push(reason)),
      });
      await tasker.createTask(REQUEST);
      await tasker.events.next('step.started');
      await tasker.cleanup();
      expect(stopped).toHaveLength(1);
      tasker.mocks.remove('fetch_cart');
      expect(await tasker.runTask(REQUEST)).toMatchObject({ status: 'complete' });
      expect((await tasker.client.listTasks()).tasks).toHaveLength(1);
    });
  });
});
