import type { TemplateDefinition } from '../../src/index.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { ADAPTERS, startApi, type ApiServer } from './api-server.js';

const payment = (version: string, description: string): TemplateDefinition => ({
  namespace: 'payments',
  name: 'payment_processor',
  version,
  description,
  step_templates: [{ name: 'charge', handler_class: 'charge' }],
});

/** a → b, a → c, b and c → d; and e by itself */
const SLASHED: TemplateDefinition = {
  namespace: 'api_task/eu',
  name: 'api_task/order.processing',
  schema: { type: 'object', required: ['cart_id'] },
  workflow_config: { failure_strategy: 'stop_on_first_failure' },
  step_templates: [
    {
      name: 'a',
      description: 'Starts',
      handler_class: 'Orders::StepHandler::Fetch',
      dependent_system: 'shop',
      handler_config: {
        url: 'https://example.test',
        api_key: '${HANDLERS_SPEC_KEY}',
        retries: [1, '${HANDLERS_SPEC_KEY}'],
      },
    },
    { name: 'd', handler_class: 'work', depends_on_steps: ['b', 'c'], default_retryable: false, skippable: true },
    { name: 'b', handler_class: 'work', depends_on_step: 'a', timeout_seconds: 1.5 },
    { name: 'c', handler_class: 'work', depends_on_steps: ['a'], retry_backoff: { kind: 'linear', initial_delay: 2 } },
    { name: 'e', handler_class: 'work' },
  ],
};

interface Answer {
  detail: string;
  steps: object[];
  dependency_graph: { edges: { from: string; to: string }[] };
}

const SECRET = 'resolved-secret-of-this-test';

describe.each(ADAPTERS)('task templates under %s', (adapter) => {
  let database: TestDatabase;
  let server: ApiServer;
  const get = async (path: string, status = 200): Promise<Answer> =>
    (await server.http.get(`/tasker/handlers${path}`).expect(status)).body;

  beforeAll(async () => {
    process.env.HANDLERS_SPEC_KEY = SECRET;
    const versions = [payment('0.9.0', 'old'), payment('0.10.0', 'new'), payment('0.2.0', 'oldest')];
    database = await createTestDatabase();
    server = await startApi(adapter, { databaseUrl: database.url, templates: [...versions, SLASHED] });
  });
  afterAll(async () => {
    delete process.env.HANDLERS_SPEC_KEY;
    await server?.stop();
    await database?.drop();
  });

  const SUMMARY = {
    namespace: 'payments',
    name: 'payment_processor',
    versions: ['0.2.0', '0.9.0', '0.10.0'],
    latest_version: '0.10.0',
    description: 'new',
  };

  it('are listed by namespace, versions in the order of semantic versions', async () => {
    const body = await get('');
    expect(body).toMatchObject({
      total_namespaces: 2,
      namespaces: [
        { namespace: 'api_task/eu', total_handlers: 1, handlers: [{ name: 'api_task/order.processing' }] },
        { namespace: 'payments', total_handlers: 1, handlers: [SUMMARY] },
      ],
    });
  });

  it('are listed for one namespace, which may have a slash in it', async () => {
    expect(await get('/payments')).toEqual({ namespace: 'payments', total_handlers: 1, handlers: [SUMMARY] });
    expect(await get('/api_task%2Feu')).toMatchObject({ namespace: 'api_task/eu', total_handlers: 1 });
  });

  it('show the highest version, or the one that is asked for', async () => {
    const path = '/payments/payment_processor';
    expect(await get(path)).toMatchObject({
      ...SUMMARY,
      version: '0.10.0',
      full_name: 'payments.payment_processor@0.10.0',
    });
    const old = { version: '0.9.0', description: 'old', full_name: 'payments.payment_processor@0.9.0' };
    expect(await get(`${path}?version=0.9.0`)).toMatchObject({ ...SUMMARY, ...old });
  });

  it('show steps and a graph with all edges and levels', async () => {
    const body = await get('/api_task%2Feu/api_task%2Forder.processing');
    expect(body).toMatchObject({
      failure_strategy: 'stop_on_first_failure',
      max_duration_seconds: null,
      schema: SLASHED.schema,
      dependency_graph: {
        nodes: ['a', 'd', 'b', 'c', 'e'],
        levels: [['a', 'e'], ['b', 'c'], ['d']],
      },
    });
    const edges = body.dependency_graph.edges.map(({ from, to }) => from + to);
    expect(edges.sort()).toEqual(['ab', 'ac', 'bd', 'cd']);
    expect(body.steps).toMatchObject([
      {
        name: 'a',
        level: 0,
        handler_class: 'Fetch',
        dependents: ['b', 'c'],
        depends_on_steps: [],
        dependent_system: 'shop',
      },
      { name: 'd', level: 2, depends_on_steps: ['b', 'c'], retryable: false, retry_limit: 1, skippable: true },
      {
        name: 'b',
        level: 1,
        timeout_seconds: 1.5,
        retry_backoff: { kind: 'exponential', initial_delay: 1, max_delay: 30 },
      },
      { name: 'c', level: 1, retry_backoff: { kind: 'linear', initial_delay: 2 } },
      { name: 'e', level: 0, depends_on_steps: [], dependents: [] },
    ]);
  });

  it('show what is taken from the environment as it is written', async () => {
    const { text } = await server.http.get('/tasker/handlers/api_task%2Feu/api_task%2Forder.processing').expect(200);
    expect(JSON.parse(text).steps[0].handler_config).toEqual({
      url: 'https://example.test',
      api_key: '${HANDLERS_SPEC_KEY}',
      retries: [1, '${HANDLERS_SPEC_KEY}'],
    });
    expect(text).not.toContain(SECRET);
  });

  it.each([
    ['/paymets', 'There is no namespace "paymets". Did you mean "payments"?'],
    ['/payments/payment_procesor', 'Did you mean "payments.payment_processor"?'],
    ['/paymets/payment_processor', 'Did you mean "payments.payment_processor"?'],
    ['/payments/payment_processor?version=0.8.0', 'has no version "0.8.0". Did you mean'],
    ['/payments/payment_processor?version=7', 'It has 0.10.0, 0.9.0, 0.2.0.'],
    ['/constructor', 'There is no namespace "constructor".'],
    ['/payments/__proto__', 'There is no template "__proto__"'],
    ['/payments/a%00b', 'There is no template'],
    [`/payments/${'x'.repeat(900)}`, 'There is no template'],
  ])('answer %s with 404 and what is near', async (path, detail) => {
    const body = await get(path, 404);
    expect(body).toMatchObject({ status: 404, code: 'template_not_found' });
    expect(body.detail).toContain(detail);
    expect(JSON.stringify(body)).not.toMatch(/select|\.ts|at /i);
  });

  it.each([
    ['?namespace=payments', 'namespace'],
    ['/payments?x=1', 'x'],
    ['/payments/payment_processor?versoin=1', 'versoin'],
    ['/payments/payment_processor?version=', 'version'],
    ['/payments/payment_processor?version=1&version=2', 'version'],
  ])('answer %s with 400', async (path, field) => {
    expect(await get(path, 400)).toMatchObject({ code: 'request_invalid', errors: [{ path: field }] });
  });

  it('are found where only another process has loaded them', async () => {
    const other = await startApi(adapter, {
      databaseUrl: database.url,
      templates: [payment('0.1.0', 'first'), { ...payment('1.0.0', ''), name: 'payout' }],
    });
    await other.stop();
    expect(await get('/payments/payout')).toMatchObject({ name: 'payout', versions: ['1.0.0'], steps: [{ level: 0 }] });
    expect(await get('/payments/payment_processor?version=0.1.0')).toMatchObject({
      version: '0.1.0',
      description: 'first',
      versions: ['0.1.0', '0.2.0', '0.9.0', '0.10.0'],
      latest_version: '0.10.0',
    });
    expect(await get('/payments')).toMatchObject({ total_handlers: 1 });
  });
});
