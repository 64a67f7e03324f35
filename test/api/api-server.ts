import type { INestApplication, Type } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { Client } from 'pg';
import supertest from 'supertest';
import { setupOpenApi } from '../../src/api/open-api.js';
import { answerUnreadable, answerUnroutable } from '../../src/api/problem/fastify-errors.js';
import { setupProblems } from '../../src/api/problem/setup-problems.js';
import { TaskerClient, TaskerModule, type Role, type TaskerOptions, type TemplateDefinition } from '../../src/index.js';
import { createTestDatabase } from '../support/database.js';

export const ADAPTERS = ['express', 'fastify'] as const;
export type Adapter = (typeof ADAPTERS)[number];

export interface ApiServerOptions {
  templates?: TemplateDefinition[];
  roles?: Role[];
  handlers?: Type[];
  prefix?: string;
  http?: TaskerOptions['http'];
  auth?: TaskerOptions['auth'];
  worker?: TaskerOptions['worker'];
  alerts?: TaskerOptions['alerts'];
  /** @default a database of its own */
  databaseUrl?: string;
}

/** A server as `src/server` makes it, on a free port and a database of its own. */
export interface ApiServer {
  app: INestApplication;
  client: TaskerClient;
  http: ReturnType<typeof supertest>;
  /** Rows of each table that a request to create a task writes to. */
  countRows(): Promise<Record<string, number>>;
  stop(): Promise<void>;
}

export async function startApi(adapter: Adapter, options: ApiServerOptions = {}): Promise<ApiServer> {
  const database = options.databaseUrl === undefined ? await createTestDatabase() : null;
  const url = options.databaseUrl ?? database!.url;
  const { templates = [ORDER], roles = ['api'], handlers = [], prefix = 'tasker', auth, alerts } = options;
  const module = await Test.createTestingModule({
    imports: [
      TaskerModule.forRoot({
        database: { url, poolSize: 4 },
        roles,
        templates,
        http: { prefix, ...options.http },
        auth,
        alerts,
        worker: options.worker,
      }),
    ],
    providers: handlers,
  }).compile();
  const app = module.createNestApplication(
    adapter === 'fastify'
      ? new FastifyAdapter({
          frameworkErrors: answerUnroutable,
          clientErrorHandler: answerUnreadable,
          routerOptions: { maxParamLength: 1024 },
        })
      : new ExpressAdapter(),
    { logger: false },
  );
  setupProblems(app);
  setupOpenApi(app, prefix);
  await app.listen(0, '127.0.0.1');
  if (adapter === 'fastify') await (app as NestFastifyApplication).getHttpAdapter().getInstance().ready();
  return {
    app,
    client: app.get(TaskerClient, { strict: false }),
    http: supertest(await app.getUrl()),
    countRows: () => countRows(url),
    stop: async () => {
      await app.close();
      await database?.drop();
    },
  };
}

const TABLES = ['task', 'step', 'transition', 'idempotency_key'];

async function countRows(connectionString: string): Promise<Record<string, number>> {
  const db = new Client({ connectionString });
  await db.connect();
  try {
    const counts = TABLES.map((table) => `(select count(*)::int from tasker.${table}) as ${table}`);
    const { rows } = await db.query<Record<string, number>>(`select ${counts.join(', ')}`);
    return rows[0]!;
  } finally {
    await db.end();
  }
}

/** The seed's workflow of an order. */
export const ORDER: TemplateDefinition = {
  name: 'api_integration_task',
  schema: {
    type: 'object',
    required: ['cart_id'],
    properties: { cart_id: { type: 'integer' }, note: { type: 'string' } },
  },
  step_templates: [
    { name: 'fetch_cart', handler_class: 'fetch_cart', dependent_system: 'ecommerce_system' },
    { name: 'fetch_products', handler_class: 'fetch_products' },
    {
      name: 'validate_products',
      handler_class: 'validate_products',
      depends_on_steps: ['fetch_cart', 'fetch_products'],
    },
    { name: 'create_order', handler_class: 'create_order', depends_on_step: 'validate_products' },
  ],
};

/** A request that is right in every way. */
export const GOOD = {
  name: 'api_integration_task',
  context: { cart_id: 123 },
  initiator: 'web_interface',
  reason: 'Process new order',
  source_system: 'ecommerce',
};
