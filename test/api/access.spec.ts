import { PERMISSIONS, type Authenticator, type Principal, type TemplateDefinition } from '../../src/index.js';
import { ADAPTERS, startApi, type ApiServer } from './api-server.js';
import { routesOf } from './routes.js';

/** Says itself who it is: what a host's own authenticator finds out. */
const SAYS_ITSELF: Authenticator = {
  authenticate: ({ headers }) =>
    headers['x-as'] === undefined ? null : (JSON.parse(String(headers['x-as'])) as Principal),
};
const as = (permissions: readonly string[], more: Partial<Principal> = {}) => ({
  'X-As': JSON.stringify({ name: 'ann', permissions, ...more }),
});
const ALL = as(['*']);

const steps = [{ name: 'one', handler_class: 'one' }];
const TEMPLATES: TemplateDefinition[] = [
  { namespace: 'shop', name: 'order', step_templates: steps },
  { namespace: 'bank', name: 'transfer', step_templates: steps },
  {
    namespace: 'shop',
    name: 'refund',
    step_templates: steps,
    security: { access_control: { allowed_roles: ['finance'] } },
  },
  { namespace: 'shop', name: 'gift', step_templates: steps, security: { access_control: {} } },
];

const OPEN = ['GET /tasker/health/live', 'GET /tasker/health/ready'];
const UNKNOWN = '01890a5d-ac96-774b-bcce-b302099a8057';
const VALUES: Record<string, string> = { ':task_id': UNKNOWN, ':namespace': 'shop', ':step': 'one', ':event_id': 'x' };
const asked = (name: string, namespace = 'shop', more = {}) => ({
  ...{ namespace, name, context: {}, initiator: 'a', reason: 'b', source_system: 'c' },
  ...more,
});

describe.each(ADAPTERS)('access under %s', (adapter) => {
  let server: ApiServer;

  beforeAll(async () => {
    server = await startApi(adapter, { templates: TEMPLATES, auth: { authenticator: SAYS_ITSELF } });
  });
  afterAll(() => server?.stop());

  const call = (route: string, headers: Record<string, string> = {}) => {
    const [method, pattern] = route.split(' ') as [string, string];
    const path = pattern.replaceAll(/[:{](\w+)\}?/g, (_, name: string) => VALUES[`:${name}`] ?? 'x');
    return server.http[method.toLowerCase() as 'get'](path).set(headers);
  };
  const create = async (name: string, namespace = 'shop') => {
    const roles = { roles: ['finance'] };
    const { body } = await server.http
      .post('/tasker/tasks')
      .set(as(['*'], roles))
      .send(asked(name, namespace))
      .expect(201);
    return (body as { task_id: string }).task_id;
  };

  it('is asked for on every route but two, and tells nothing to who has none', async () => {
    const routes = routesOf(server.app, adapter).filter((route) => route.includes(' /tasker'));
    expect(routes).toEqual(
      expect.arrayContaining([
        'POST /tasker/tasks',
        'GET /tasker/stream',
        'GET /tasker/docs',
        'GET /tasker/openapi.json',
      ]),
    );
    expect(routes.length).toBeGreaterThan(40);
    const missing: string[] = [];
    for (const route of routes) {
      const { status, headers, body } = await call(route);
      if (status === 401) {
        expect(headers).toMatchObject({
          'www-authenticate': 'Bearer realm="tasker"',
          'content-type': 'application/problem+json; charset=utf-8',
          'x-content-type-options': 'nosniff',
          'x-frame-options': 'DENY',
          'cache-control': 'no-store',
        });
        expect(body).toMatchObject({ code: 'unauthenticated', status: 401, errors: [] });
      } else missing.push(route);
    }
    expect(missing).toEqual(OPEN);
  });

  it('is refused on each of them to who may do nothing', async () => {
    const routes = routesOf(server.app, adapter).filter((route) => route.includes(' /tasker') && !OPEN.includes(route));
    for (const route of routes) {
      const { status, body } = await call(route, as([]));
      expect([route, status, (body as { code: string }).code]).toEqual([route, 403, 'forbidden']);
    }
  });

  it('takes exactly the permission that the OpenAPI document names', async () => {
    const { body } = await server.http.get('/tasker/openapi.json').set(ALL).expect(200);
    const document = body as {
      paths: Record<string, Record<string, Record<string, unknown>>>;
      components: Record<string, object>;
    };
    expect(Object.keys(document.components.securitySchemes!)).toEqual(['api_key', 'bearer']);
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        const route = `${method.toUpperCase()} ${path}`;
        const permission = operation['x-required-permission'];
        if (OPEN.includes(route)) {
          expect(operation).not.toHaveProperty('security');
          continue;
        }
        expect(operation.security).toEqual([{ api_key: [] }, { bearer: [] }]);
        if (Array.isArray(permission)) continue;
        expect(PERMISSIONS).toContain(permission);
        const others = PERMISSIONS.filter((one) => one !== permission);
        expect([route, (await call(route, as(others))).status]).toEqual([route, 403]);
        if (route.endsWith('/stream')) continue;
        expect([route, (await call(route, as([permission as string]))).status]).not.toEqual([route, 403]);
      }
    }
  });

  it.each([
    ['retry', 'retry'],
    ['resolve', 'resolve'],
    ['complete', 'resolve'],
    ['skip', 'resolve'],
    [undefined, 'update'],
    ['toString', 'update'],
  ])('to a step is by what is to be done: %s needs %s', async (action, needed) => {
    const path = `/tasker/tasks/${UNKNOWN}/workflow_steps/one`;
    for (const one of ['retry', 'resolve', 'update', 'cancel', 'create']) {
      const { status } = await server.http
        .patch(path)
        .set(as([`tasker.workflow_step:${one}`]))
        .send({ action, reason: 'x' });
      expect([one, status === 403]).toEqual([one, one !== needed]);
    }
  });

  it.each([
    [{ action: 'cancel' }, 'tasker.task:cancel'],
    [{ action: 'pause', step: null }, 'tasker.task:update'],
    [{ action: 'retry', step: 'one', reason: 'x' }, 'tasker.workflow_step:retry'],
    [{ action: 'skip', step: 'one', reason: 'x' }, 'tasker.workflow_step:resolve'],
  ])('to many is by what is to be done: %j needs %s', async (act, needed) => {
    const send = (permissions: string[]) =>
      server.http
        .post('/tasker/tasks/bulk_actions')
        .set(as(permissions))
        .send({ ...act, task_ids: [UNKNOWN] });
    await send([needed]).expect(200);
    await send(PERMISSIONS.filter((one) => one !== needed)).expect(403);
  });

  it('is asked for before a request is looked at', async () => {
    await server.http.post('/tasker/tasks').send({ nonsense: 1 }).expect(401);
    await server.http.get('/tasker/tasks?limit=x').set(as([])).expect(403);
    await server.http.post('/tasker/tasks').set('Content-Type', 'text/plain').send('x').expect(401);
  });

  it('of who does something is who the audit names, whatever the request says', async () => {
    const id = await create('order');
    await server.http.post(`/tasker/tasks/${id}/pause`).set(ALL).set('X-Actor', 'somebody else').send({}).expect(200);
    const { body } = await server.http.get(`/tasker/tasks/${id}/transitions`).set(ALL).expect(200);
    expect((body as { transitions: object[] }).transitions).toContainEqual(
      expect.objectContaining({ cause: 'paused', actor: 'ann' }),
    );
  });

  it('fails where an authenticator answers no principal, and says nothing of it', async () => {
    const { body } = await server.http.get('/tasker/tasks').set('X-As', '{"permissions":["*"]}').expect(500);
    expect(body).toMatchObject({ code: 'internal_error' });
  });

  describe('that is limited to namespaces', () => {
    const inShop = as(['*'], { namespaces: ['shop'] });
    let shop: string;
    let bank: string;
    beforeAll(async () => ([shop, bank] = [await create('order'), await create('transfer', 'bank')]));

    it('lists their tasks alone, page by page', async () => {
      await create('order');
      const seen: string[] = [];
      for (let cursor = ''; ;) {
        const { body } = await server.http.get(`/tasker/tasks?limit=1${cursor}`).set(inShop).expect(200);
        const page = body as { tasks: { namespace: string }[]; next_cursor: string | null };
        seen.push(...page.tasks.map(({ namespace }) => namespace));
        if (page.next_cursor === null) break;
        cursor = `&cursor=${page.next_cursor}`;
      }
      expect(seen.length).toBeGreaterThanOrEqual(2);
      expect(new Set(seen)).toEqual(new Set(['shop']));
      const { body } = await server.http.get('/tasker/tasks?namespace=bank').set(inShop).expect(200);
      expect(body).toEqual({ tasks: [], next_cursor: null });
    });

    it('takes a task of another for one that does not exist', async () => {
      const answer = async (id: string, path: string) => {
        const { status, text } = await server.http
          .get(`/tasker/tasks/${id}${path}`)
          .set({ ...inShop, 'X-Correlation-ID': 'c' });
        return { status, text: text.replaceAll(id, 'ID') };
      };
      for (const path of [
        '',
        '/workflow_steps',
        '/workflow_steps/one',
        '/diagram',
        '/transitions',
        '/explain',
        '/stream',
      ]) {
        const hidden = await answer(bank, path);
        expect(hidden).toEqual(await answer(UNKNOWN, path));
        expect(hidden.status).toBe(404);
      }
      await server.http.delete(`/tasker/tasks/${bank.toUpperCase()}`).set(inShop).send({}).expect(404);
      await server.http.get(`/tasker/tasks/${shop}`).set(inShop).expect(200);
      const { body } = await server.http.get(`/tasker/tasks/${bank}`).set(ALL).expect(200);
      expect(body).toMatchObject({ status: 'pending' });
    });

    it('creates tasks in them alone, one by one or many at once', async () => {
      await server.http.post('/tasker/tasks').set(inShop).send(asked('order')).expect(201);
      await server.http.post('/tasker/tasks').set(inShop).send(asked('transfer', 'bank')).expect(403);
      await server.http
        .post('/tasker/tasks')
        .set(inShop)
        .send({ task: asked('nothing', 'bank') })
        .expect(403);
      const tasks = [asked('transfer', 'bank'), asked('order'), {}, asked('transfer')];
      const { body, text } = await server.http.post('/tasker/tasks/bulk').set(inShop).send({ tasks }).expect(200);
      expect((body as { results: { status: number }[] }).results.map(({ status }) => status)).toEqual([
        403, 201, 400, 404,
      ]);
      expect(text).not.toContain('bank');
    });

    it('acts on tasks in them alone', async () => {
      const act = { action: 'update', tags: ['seen'], task_ids: [bank, shop, UNKNOWN] };
      const { body } = await server.http.post('/tasker/tasks/bulk_actions').set(inShop).send(act).expect(200);
      const { results } = body as { results: { status: number; task_id: string }[] };
      expect(results.map(({ status, task_id }) => [status, task_id])).toEqual([
        [404, bank],
        [200, shop],
        [404, UNKNOWN],
      ]);
      expect((await server.http.get(`/tasker/tasks/${bank}`).set(ALL)).body).toMatchObject({ tags: [] });
    });

    it('shows the templates in them alone, and names no other', async () => {
      const { body } = await server.http.get('/tasker/handlers').set(inShop).expect(200);
      expect(body).toMatchObject({ total_namespaces: 1, namespaces: [{ namespace: 'shop' }] });
      await server.http.get('/tasker/handlers/bank').set(inShop).expect(404);
      await server.http.get('/tasker/handlers/bank/transfer').set(inShop).expect(404);
      const { text } = await server.http.get('/tasker/handlers/shop/transfer').set(inShop).expect(404);
      expect(text).not.toContain('bank');
    });

    it('does not reach what is of all namespaces together', async () => {
      await server.http.get('/tasker/subscriptions').set(ALL).expect(200);
      await server.http.get('/tasker/subscriptions').set(inShop).expect(403);
    });
  });

  describe('to tasks of templates that name roles', () => {
    const clerk = as(['*'], { roles: ['clerk'] });
    const finance = as(['*'], { roles: ['clerk', 'finance'] });

    it('is for those with one of the roles, to create, to read and to change', async () => {
      await server.http.post('/tasker/tasks').set(clerk).send(asked('refund')).expect(403);
      const { body } = await server.http.post('/tasker/tasks').set(finance).send(asked('refund')).expect(201);
      const { task_id: id } = body as { task_id: string };
      for (const [who, status] of [
        [clerk, 403],
        [ALL, 403],
        [finance, 200],
      ] as const) {
        await server.http.get(`/tasker/tasks/${id}`).set(who).expect(status);
        await server.http.patch(`/tasker/tasks/${id}`).set(who).send({ priority: 3 }).expect(status);
        const list = (await server.http.get('/tasker/tasks?name=refund').set(who).expect(200)).body as {
          tasks: object[];
        };
        expect(list.tasks.length > 0).toBe(status === 200);
      }
    });

    it('is for anybody who is known where they name none', async () => {
      await server.http.post('/tasker/tasks').set(clerk).send(asked('gift')).expect(201);
      expect((await server.http.get('/tasker/tasks?name=gift').set(ALL)).body).toMatchObject({
        tasks: [{ name: 'gift' }],
      });
    });
  });
});
