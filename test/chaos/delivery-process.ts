import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventSubscriber, StepHandler, TaskerModule, WebhookSubscriber } from '../../src/index.js';
import { SUBSCRIPTION, type DeliveryOrders } from './delivery-orders.js';
import { WORK } from './templates.js';

const orders = JSON.parse(process.env.CHAOS!) as DeliveryOrders;

@StepHandler(WORK)
class Work {
  process(): object {
    return { pid: process.pid };
  }
}

@EventSubscriber({
  name: SUBSCRIPTION,
  events: ['*'],
  delivery: 'durable',
  retry: { limit: 1_000, backoff: { kind: 'fixed', baseMs: 20, jitter: 0.5 } },
})
class Receiver extends WebhookSubscriber {
  constructor() {
    super({ url: orders.receiverUrl, timeout_ms: 500 });
  }
}

@Module({
  imports: [
    TaskerModule.forRoot({
      database: { url: orders.databaseUrl, poolSize: 5 },
      templates: orders.templates,
      worker: orders.worker,
      roles: ['worker'],
      environment: 'test',
    }),
  ],
  providers: [Work, Receiver],
})
class NodeModule {}

NestFactory.createApplicationContext(NodeModule, { abortOnError: false, logger: ['error'] }).then(
  (app) => {
    process.once('SIGTERM', () => void app.close().then(() => process.disconnect()));
    process.send!('ready');
  },
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
