import {
  PermanentError,
  StepHandler,
  type Authenticator,
  type JsonObject,
  type Principal,
  type StepContext,
  type TemplateDefinition,
} from '../../src/index.js';
import { eventually } from '../support/engine.js';
import { ADAPTERS, startApi, type ApiServer } from './api-server.js';
import { EventSource } from './event-source.js';

@StepHandler('work')
class Work {
  process({ task }: StepContext) {
    if (task.context.fails) throw new PermanentError('It does not work');
    return {};
  }
}

const SAYS_ITSELF: Authenticator = {
  authenticate: ({ headers }) => JSON.parse(String(headers['x-as'])) as Principal,
};
const as = (more: Partial<Principal> = {}, permissions = ['tasker.alert:index']) => ({
  'X-As': JSON.stringify({ name: 'ann', permissions, ...more }),
});

const template = (namespace: string, more: Partial<TemplateDefinition> = {}): TemplateDefinition => ({
  namespace,
  name: 'one',
  step_templates: [{ name: 'only', handler_class: 'work' }],
  alerts: [
    {
      name: 'low',
      condition: 'success_rate < 0.95',
      severity: 'critical',
      description: 'More than 5 % fail',
      labels: { team: namespace },
    },
  ],
  ...more,
});
const QUIET = {
  name: 'quiet',
  condition: 'attempts > 1000',
  for: '5m',
  resolve: 'attempts < 10',
  resolve_after: 30,
  window: '1h',
};

interface Body {
  alerts: Record<string, unknown>[];
}

describe.each(ADAPTERS)('alerts under %s', (adapter) => {
  let server: ApiServer;
  const get = async (query = '', headers = as()): Promise<Body> =>
    (await server.http.get(`/tasker/alerts${query}`).set(headers).expect(200)).body as Body;
  const names = ({ alerts }: Body): string[] =>
    alerts.map(({ namespace, name }) => `${String(namespace)}.${String(name)}`);

  async function run({ failing = 0, well = 0 }): Promise<void> {
    const request = { name: 'one', namespace: 'shop', initiator: 'a', reason: 'b', sourceSystem: 'c' };
    const contexts = Array.from({ length: failing + well }, (_, n): JsonObject => (n < failing ? { fails: true } : {}));
    const created = await server.client.createTasks(contexts.map((context) => ({ ...request, context })));
    const ids = created.map((answer) => (answer as { task: { taskId: string } }).task.taskId);
    await Promise.all(ids.map((id) => server.client.waitFor(id, { timeoutMs: 10_000 })));
  }

  beforeAll(async () => {
    server = await startApi(adapter, {
      templates: [
        template('shop', { alerts: [...template('shop').alerts!, QUIET] }),
        template('bank', { security: { access_control: { allowed_roles: ['clerk'] } } }),
      ],
      handlers: [Work],
      roles: ['api', 'worker'],
      auth: { authenticator: SAYS_ITSELF },
      alerts: { everyMs: 100 },
    });
    await eventually('all were looked at', async () =>
      (await get('', as({ roles: ['clerk'] }))).alerts.every(({ evaluated_at }) => evaluated_at !== null),
    );
  });
  afterAll(() => server?.stop());

  it('are listed with what they are, how they stand and what they were asked over', async () => {
    const { alerts, evaluation } = (await get()) as Body & { evaluation: object };
    expect(alerts.find(({ name }) => name === 'quiet')).toEqual({
      alert_id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      name: 'quiet',
      namespace: 'shop',
      template: 'one',
      version: '0.1.0',
      step: null,
      severity: 'warning',
      description: null,
      condition: 'attempts > 1000',
      resolve: 'attempts < 10',
      window_seconds: 3_600,
      for_seconds: 300,
      resolve_after_seconds: 30,
      labels: {},
      notify: [],
      enabled: true,
      state: 'inactive',
      state_since: expect.any(String),
      no_data: false,
      figures: { attempts: 0 },
      evaluated_at: expect.any(String),
      error: null,
      fired_count: 0,
      last_fired_at: null,
      last_resolved_at: null,
    });
    expect(alerts.find(({ name }) => name === 'low')).toMatchObject({ no_data: true, figures: { success_rate: null } });
    expect(evaluation).toEqual({ last_round_at: expect.any(String), healthy: true });
  });

  it('that fire come first, and are found by their state, severity and namespace', async () => {
    await run({ failing: 1 });
    await eventually('it fires', async () => names(await get('?state=firing')).length === 1);
    expect((await get('?state=firing')).alerts[0]).toMatchObject({
      name: 'low',
      state: 'firing',
      fired_count: 1,
      last_fired_at: expect.any(String),
      figures: { success_rate: 0 },
      labels: { team: 'shop' },
    });
    expect(names(await get())).toEqual(['shop.low', 'shop.quiet']);
    expect(names(await get('?severity=warning'))).toEqual(['shop.quiet']);
    expect(names(await get('?namespace=bank', as({ roles: ['clerk'] })))).toEqual(['bank.low']);
  });

  it('are shown to those alone who may see the tasks that they are about', async () => {
    expect(names(await get('', as({ roles: ['clerk'] })))).toEqual(expect.arrayContaining(['bank.low', 'shop.low']));
    expect(names(await get())).not.toContain('bank.low');
    expect(names(await get('', as({ roles: ['clerk'], namespaces: ['bank'] })))).toEqual(['bank.low']);
    await server.http
      .get('/tasker/alerts')
      .set(as({}, ['tasker.task:index']))
      .expect(403);
  });

  it('are told in streams to those alone who may see the tasks that they are about, and show in the health', async () => {
    const streams = ['tasker.event:stream'];
    const open = async (query: string, who: Record<string, string>): Promise<EventSource> =>
      EventSource.open(`${await server.app.getUrl()}/tasker/stream${query}`, undefined, who);
    const bank = await open('?events=alert.*', as({ namespaces: ['bank'], roles: ['clerk'] }, streams));
    const shop = await open('?events=alert.*&namespace=shop&name=one', as({}, streams));
    await run({ well: 30 });
    await shop.until('the alert is over', ({ names: told }) => told.includes('alert.resolved'));
    expect(shop.events.at(-1)!.data).toMatchObject({ alert_name: 'low', task_name: 'one', reason: 'recovered' });
    expect(bank.events).toEqual([]);
    for (const stream of [bank, shop]) stream.close();
    const health = as({}, ['tasker.health_status:index']);
    const { body } = await server.http.get('/tasker/health/status').set(health).expect(200);
    expect((body as { checks: object }).checks).toMatchObject({
      alerts: { status: 'up', detail: '3 looked after, 0 firing' },
    });
  });

  it('are asked for by what there is, and a slip is told of', async () => {
    const { body } = await server.http.get('/tasker/alerts?state=fireing&severty=info').set(as()).expect(400);
    expect(body).toMatchObject({
      code: 'request_invalid',
      errors: [
        { path: 'state', message: expect.stringMatching(/inactive, pending, firing, resolved/) },
        { path: 'severty', message: expect.stringMatching(/Did you mean "severity"/) },
      ],
    });
  });
});
