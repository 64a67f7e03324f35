import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TaskerModule, type TaskerOptions } from 'nest-tasker';
import { OrderProcessingModule } from '../../examples/order-processing/order-processing.module.js';

/** What a worker process of the shop is told in its environment, as JSON in `CHAOS`. */
export interface OrderWorkerOrders {
  databaseUrl: string;
  worker: TaskerOptions['worker'];
  /** Where the services are that all share, by the variables that say it. */
  services: Record<string, string>;
}

const { databaseUrl, worker, services } = JSON.parse(process.env.CHAOS!) as OrderWorkerOrders;
Object.assign(process.env, services);

@Module({
  imports: [
    TaskerModule.forRoot({
      database: { url: databaseUrl, poolSize: 3 },
      worker,
      roles: ['worker'],
      environment: 'test',
      http: { enabled: false },
    }),
    OrderProcessingModule,
  ],
})
class WorkerModule {}

NestFactory.createApplicationContext(WorkerModule, { abortOnError: false }).then(
  () => process.send!('ready'),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
