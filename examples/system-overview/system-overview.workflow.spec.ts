import { once } from 'node:events';
import { createServer, Agent, type Server } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { loadTemplates, TaskerClient, TaskerModule } from 'nest-tasker';
import { createTestDatabase, type TestDatabase } from 'nest-tasker/testing';
import { EcommerceService } from '../api-integration/ecommerce/ecommerce.service.js';
import { EcommerceStepHandler } from '../api-integration/step-handlers/ecommerce.step-handler.js';
import { until } from '../support/until.js';
import { NotificationCenter, type Notification } from './notification-center.service.js';
import { SystemOverviewModule } from './system-overview.module.js';

const NAME = 'api_task/integration_yaml_example';
const TEMPLATE = join(__dirname, 'templates', 'integration_yaml_example.yaml');
const KEY = 'key-of-the-shop-7f3a';

/** A call that left the process, as the network saw it. */
interface Seen {
  host: string;
  path: string;
  params: Record<string, string>;
}

/** The network of these tests: whatever host is called, the storefront of this application answers. */
class Network {
  readonly seen: Seen[] = [];
  /** Where the storefront is. */
  storefront = '';
  private readonly server: Server = createServer((request, response) => {
    const { host = '' } = request.headers;
    const url = new URL(request.url ?? '/', `http://${host}`);
    this.seen.push({ host, path: url.pathname, params: Object.fromEntries(url.searchParams) });
    // the hosts of the internet have no prefix
    const path = url.pathname.startsWith('/api/') ? url.pathname : `/api${url.pathname}`;
    void fetch(`${this.storefront}${path}${url.search}`).then(async (answer) => {
      const headers = { 'content-type': answer.headers.get('content-type') ?? 'application/json' };
      response.writeHead(answer.status, headers).end(await answer.text());
    });
  });

  async open(): Promise<void> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  /** Connections for a call, encrypted or not: nobody looks into them here. */
  agent({ protocol }: URL): Agent {
    const agent = protocol === 'https:' ? new SecureAgent() : new Agent();
    const { port } = this.server.address() as AddressInfo;
    return Object.assign(agent, { createConnection: () => connect(port, '127.0.0.1') });
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

/** The application in an environment, as a server. */
class Stage {
  private constructor(
    readonly app: INestApplication,
    readonly client: TaskerClient,
    readonly network: Network,
    private readonly database: TestDatabase,
  ) {}

  static async in(environment: string): Promise<Stage> {
    const [database, network] = [await createTestDatabase(), new Network()];
    await network.open();
    const tasker = TaskerModule.forRoot({ database: { url: database.url, poolSize: 5 }, environment });
    const module = await Test.createTestingModule({ imports: [tasker, SystemOverviewModule] }).compile();
    const app = module.createNestApplication(new FastifyAdapter(), { logger: false });
    await app.listen(0, '127.0.0.1');
    network.storefront = await app.getUrl();
    // a host of the internet is reached through connections of its own, and so is this one
    const handlers = EcommerceStepHandler.prototype as unknown as { agent(url: URL): Agent | null };
    jest
      .spyOn(handlers, 'agent')
      .mockImplementation((url) => (url.hostname === '127.0.0.1' ? null : network.agent(url)));
    return new Stage(app, app.get(TaskerClient, { strict: false }), network, database);
  }

  async order(cart_id: number) {
    const { taskId } = await this.client.createTask({
      ...{ name: NAME, context: { cart_id } },
      ...{ initiator: 'web_interface', reason: 'Process new order', sourceSystem: 'ecommerce' },
    });
    await this.client.waitFor(taskId, { timeoutMs: 15_000 });
    return this.client.getTask(taskId, { include: ['steps', 'attempts'] });
  }

  /** An answer of the API. */
  async get(path: string): Promise<string> {
    return (await fetch(`${await this.app.getUrl()}/tasker${path}`)).text();
  }

  async leave(): Promise<void> {
    await this.app.close();
    this.network.close();
    await this.database.drop();
    jest.restoreAllMocks();
    delete process.env.ECOMMERCE_API_KEY;
  }
}

/** Starts the application for the tests of a describe. */
function inEnvironment(environment: string): () => Stage {
  let stage: Stage;
  beforeAll(async () => (stage = await Stage.in(environment)));
  afterAll(() => stage?.leave());
  beforeEach(() => {
    stage.network.seen.length = 0;
    stage.app.get(EcommerceService, { strict: false }).reset();
    stage.app.get(NotificationCenter, { strict: false }).reset();
  });
  return () => stage;
}

/** Orders a cart, and expects that it was fetched from there, with these parameters. */
async function expectOrder(stage: Stage, host: string, prefix: string, params: Record<string, string>): Promise<void> {
  const task = await stage.order(7);

  expect(task).toMatchObject({ status: 'complete', fullName: `default.${NAME}@0.1.0`, completionPercentage: 100 });
  expect(task.steps!.map(({ attempts }) => attempts)).toEqual([1, 1, 1, 1, 1]);
  const seen = [...stage.network.seen].sort((a, b) => a.path.localeCompare(b.path));
  expect(seen).toEqual([
    { host, path: `${prefix}/cart/7`, params: { cart_id: '7', ...params } },
    { host, path: `${prefix}/products`, params },
  ]);
  const { shop } = stage.app.get(EcommerceService, { strict: false });
  expect([...shop.orders.keys()]).toEqual([7]);
  expect(shop.messages).toMatchObject([{ event: 'ExampleOrderCreated', payload: { order_id: 7 } }]);
}

describe('the overview in development', () => {
  const stage = inEnvironment('development');
  const center = () => stage().app.get(NotificationCenter, { strict: false });

  it('calls this very server, with debug', () => expectOrder(stage(), 'localhost:3000', '/api', { debug: 'true' }));

  it('tells of what is complete, and of what has failed, by its subscriber', async () => {
    const [complete, failed] = [await stage().order(11), await stage().order(999)];
    const told = () =>
      center()
        .sent.filter(({ task_id }) => [complete.taskId, failed.taskId].includes(task_id))
        .map(({ kind, text }) => [kind, text]);
    await until(() => told().length === 3);
    expect(told()).toEqual(
      expect.arrayContaining([
        ['success_email', `${NAME} is complete`],
        ['step_alert', 'fetch_cart has failed with HTTP_404'],
        ['failure_alert', expect.stringContaining(`${NAME} has failed:`)],
      ]),
    );
  });

  it('tells it again where nobody has listened', async () => {
    center().fail('/notifications', { status: 503 });
    const { taskId } = await stage().order(12);
    const calls = () =>
      center()
        .calls('/notifications')
        .filter(({ body }) => (body as Notification).task_id === taskId);
    await until(() => calls().length === 1);
    center().reset();
    await until(() => calls().some(({ status }) => status === 202));
    expect(center().sent).toContainEqual(expect.objectContaining({ kind: 'success_email', task_id: taskId }));
  });

  it('puts the order on the task, by its task handler', async () => {
    const { taskId } = await stage().order(13);
    await until(async () => (await stage().client.getTask(taskId)).annotations !== null);
    const { annotations } = await stage().client.getTask(taskId);
    expect(annotations).toMatchObject({ order_id: 13, total: expect.any(Number) });
  });

  it('shows registries, events and diagrams to whoever asks', async () => {
    const { taskId } = await stage().order(14);
    expect(await stage().get('/step_handlers')).toContain('CartFetchStepHandler');
    expect(JSON.parse(await stage().get('/registries/step_handlers'))).toMatchObject({ health: { status: 'healthy' } });
    expect(JSON.parse(await stage().get('/events/task.completed'))).toMatchObject({
      name: 'task.completed',
      category: 'task',
      payload_schema: expect.any(Object),
      example_payload: expect.any(Object),
    });
    expect(await stage().get(`/tasks/${taskId}/diagram`)).toMatch(/^graph|^flowchart/);
  });
});

describe('the overview in test', () => {
  const stage = inEnvironment('test');

  it('calls the test system', () => expectOrder(stage(), 'test-api.ecommerce.com', '', { test_mode: 'true' }));
});

describe('the overview in production', () => {
  beforeAll(() => void (process.env.ECOMMERCE_API_KEY = KEY));
  const stage = inEnvironment('production');

  it('calls the real system, with the key', () => expectOrder(stage(), 'api.ecommerce.com', '', { api_key: KEY }));

  it('does not start without the key, and says which is missing and where', () => {
    const { findings } = loadTemplates([TEMPLATE], { environment: 'production', env: {} });
    expect(findings).toMatchObject(
      [96, 102].map((line) => ({
        path: expect.stringContaining(`integration_yaml_example.yaml:${line}`),
        message: expect.stringContaining('ECOMMERCE_API_KEY'),
      })),
    );
  });

  it('shows the key in no answer, not even where the shop refuses the call', async () => {
    stage().app.get(EcommerceService, { strict: false }).fail('/products', { status: 400 });
    const task = await stage().order(8);
    expect(task.status).toBe('error');
    const answers = await Promise.all([
      stage().get(`/tasks/${task.taskId}?include=steps,attempts,dependencies,transitions`),
      stage().get(`/tasks/${task.taskId}/workflow_steps/fetch_products`),
      stage().get(`/handlers/default/${encodeURIComponent(NAME)}`),
    ]);
    expect(answers[1]).toContain('HTTP_400');
    for (const answer of answers) expect(answer).not.toContain(KEY);
  });
});
