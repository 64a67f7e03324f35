import { Logger, Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { setTimeout as delay } from 'node:timers/promises';
import { orderContext } from '../../examples/order-processing/order.fixture.js';
import { OrderProcessingModule } from '../../examples/order-processing/order-processing.module.js';
import { EmailService } from '../../examples/order-processing/shop/email.service.js';
import { InventoryService } from '../../examples/order-processing/shop/inventory.service.js';
import { PaymentSimulator } from '../../examples/order-processing/shop/payment-simulator.service.js';
import { TaskerClient, TaskerModule } from '../../src/index.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import type { OrderWorkerOrders } from './order-worker-process.js';
import { makeProgram, type Program } from './program.js';
import { Worker } from './worker.js';

const SHOP = ['examples/order-processing', 'examples/support', 'test/chaos'];
/** A package that finds itself by its name, and the shop beside it. */
const PARTS = { src: 'dist', ...Object.fromEntries(SHOP.map((folder) => [folder, folder])) };
/** Longer than this test takes. */
const STUCK_MS = 60_000;

describe('a worker that is killed after the payment of an order', () => {
  let database: TestDatabase;
  let program: Program;
  let shop: INestApplicationContext;
  let client: TaskerClient;
  let inventory: InventoryService;
  let payments: PaymentSimulator;
  let workers: Worker[] = [];

  beforeAll(async () => {
    Logger.overrideLogger(false);
    database = await createTestDatabase();
    program = makeProgram(PARTS, 'test/chaos/order-worker-process.js');
    shop = await openShop(database.url);
    [client, inventory, payments] = [shop.get(TaskerClient), shop.get(InventoryService), shop.get(PaymentSimulator)];
    workers = ['first', 'second'].map((name) => new Worker(program, orders(name)));
    await Promise.all(workers.map(({ ready }) => ready));
  }, 60_000);

  afterAll(async () => {
    await Promise.all(workers.map((worker) => worker.kill()));
    await shop?.close();
    program?.remove();
    await database?.drop();
  }, 30_000);

  /** The services run here, so that they outlive every worker. */
  const orders = (name: string): OrderWorkerOrders => ({
    databaseUrl: database.url,
    worker: { name, heartbeatMs: 500, silentMs: 4_000 },
    services: {
      ORDER_INVENTORY_URL: inventory.url,
      ORDER_PAYMENT_URL: payments.url,
      ORDER_EMAIL_URL: shop.get(EmailService).url,
    },
  });

  it('leaves an order that another goes on with where it stopped, and that is paid for once', async () => {
    inventory.delay('POST /reservations', { ms: STUCK_MS, times: 1 });
    const { taskId } = await client.createTask({
      ...{ namespace: 'ecommerce', name: 'process_order', context: orderContext() },
      ...{ initiator: 'chaos', reason: 'trial', sourceSystem: 'test' },
    });
    await until(() => inventory.calls('POST /reservations').length === 1, 20_000);
    const before = await client.getStep(taskId, 'update_inventory');
    workers[before.worker === 'first' ? 0 : 1]!.signal('SIGKILL');

    const task = await client.waitFor(taskId, { timeoutMs: 30_000 });
    const attempts = Object.fromEntries(task.steps!.map(({ name, attempts: made }) => [name, made]));
    expect(task.status).toBe('complete');
    expect(attempts).toEqual({
      validate_cart: 1,
      process_payment: 1,
      update_inventory: 2,
      create_order: 1,
      send_confirmation: 1,
    });
    const { worker, attemptHistory } = await client.getStep(taskId, 'update_inventory', { include: ['attempts'] });
    expect(attemptHistory!.map(({ outcome }) => outcome)).toEqual(['worker_lost', 'succeeded']);
    expect(worker).not.toBe(before.worker);
    expect(payments.calls('/charges')).toHaveLength(1);
    expect(payments.charges).toHaveLength(1);
    expect(inventory.reservations).toHaveLength(2);
  }, 60_000);
});

/** The shop without workers: it takes orders, and has the services. */
function openShop(url: string): Promise<INestApplicationContext> {
  @Module({
    imports: [
      TaskerModule.forRoot({
        database: { url, poolSize: 3 },
        roles: ['api'],
        http: { enabled: false },
        environment: 'test',
      }),
      OrderProcessingModule,
    ],
  })
  class ShopModule {}
  return NestFactory.createApplicationContext(ShopModule, { logger: false, abortOnError: false });
}

async function until(isTrue: () => boolean, mostMs: number): Promise<void> {
  for (const deadline = Date.now() + mostMs; !isTrue();) {
    if (Date.now() > deadline) throw new Error(`not within ${mostMs} ms: ${isTrue.toString()}`);
    await delay(20);
  }
}
