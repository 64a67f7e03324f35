import type { OpenAPIObject } from '@nestjs/swagger';
import { EventSubscriber, PermanentError, type TemplateDefinition } from '../../src/index.js';
import { eventually } from '../support/engine.js';
import { ADAPTERS, startApi, type ApiServer } from './api-server.js';
import { LiveContract, type LiveAnswer, type Operation } from './live-contract.js';
import { LIVED_HANDLERS, live } from './lived-task.js';

/** The examples' own: its first step fails. */
const EXAMPLE: TemplateDefinition = {
  name: 'api_integration_task',
  step_templates: [
    { name: 'fetch_cart', handler_class: 'fails' },
    { name: 'create_order', handler_class: 'answers', depends_on_step: 'fetch_cart' },
  ],
};
const PAYMENTS: TemplateDefinition = {
  namespace_name: 'payments',
  name: 'payment_processor',
  version: '2.1.0',
  step_templates: [{ name: 'pay', handler_class: 'answers' }],
};

@EventSubscriber({ name: 'billing', events: ['task.failed', 'task.completed'], delivery: 'durable' })
class Billing {
  handle(): void {
    throw new PermanentError('The account is closed');
  }
}

const UNKNOWN_ID = '01890a5d-ac96-774b-bcce-b302099a8057';
const LATER = '2099-01-01T00:00:00.000Z';

/** Where the document's examples do not say enough: what the task must have gone through, and what is sent. */
interface Circumstances {
  task?: 'failed' | 'waiting' | 'paused';
  body?: object;
  status?: number;
}

const step = '/tasker/tasks/{task_id}/workflow_steps/{step}';
const CIRCUMSTANCES: Record<string, Circumstances> = {
  'POST /tasker/tasks': { status: 201 },
  'DELETE /tasker/tasks/{task_id}': { task: 'waiting' },
  'POST /tasker/tasks/{task_id}/pause': { task: 'waiting' },
  'POST /tasker/tasks/{task_id}/resume': { task: 'paused' },
  [`PATCH ${step}`]: { body: { action: 'skip', reason: 'x' } },
  [`PUT ${step}`]: { body: { action: 'complete', reason: 'x', results: { cart: 1 } } },
  [`DELETE ${step}`]: { task: 'waiting' },
  'POST /tasker/tasks/bulk_actions': { body: { action: 'pause', task_ids: [UNKNOWN_ID] } },
};

describe.each(ADAPTERS)('every operation of the OpenAPI document under %s', (adapter) => {
  let server: ApiServer;
  let contract: LiveContract;
  const called = new Set<string>();

  beforeAll(async () => {
    server = await startApi(adapter, {
      templates: [EXAMPLE, PAYMENTS],
      handlers: [...LIVED_HANDLERS, Billing],
      roles: ['api', 'worker'],
    });
    contract = new LiveContract((await server.http.get('/tasker/openapi.json').expect(200)).body as OpenAPIObject);
  });
  afterAll(() => server?.stop());

  async function taskThatIs(state: Circumstances['task']): Promise<string> {
    if (state === 'failed') return live(server, EXAMPLE);
    const request = { name: EXAMPLE.name, context: {}, initiator: 'a', reason: 'b', source_system: 'c', run_at: LATER };
    const { task_id: id } = (await server.http.post('/tasker/tasks').send(request).expect(201)).body as {
      task_id: string;
    };
    if (state === 'paused') await server.http.post(`/tasker/tasks/${id}/pause`).expect(200);
    return id;
  }

  /** Sent by hand: streams do not end, and their head is all that is looked at. */
  async function send({ method, path }: Operation, parts: Record<string, string>, body?: unknown): Promise<LiveAnswer> {
    const url = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(parts[name] ?? 'nothing'));
    const gone = new AbortController();
    const answer = await fetch(`${await server.app.getUrl()}${url}`, {
      method: method.toUpperCase(),
      signal: gone.signal,
      ...(body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const type = answer.headers.get('content-type') ?? '';
    const text = type.startsWith('text/event-stream') ? '' : await answer.text();
    gone.abort();
    return { status: answer.status, type, text };
  }

  const parkedEvent = async (): Promise<string> => {
    await live(server, EXAMPLE);
    const list = async () =>
      (await server.http.get('/tasker/subscriptions/billing/parked')).body as { parked: { event_id: string }[] };
    await eventually('an event is parked', async () => (await list()).parked.length > 0);
    return (await list()).parked[0]!.event_id;
  };

  it('answers its own examples as it says', async () => {
    const order = [...contract.operations].sort((a, b) => Number(deletes(a)) - Number(deletes(b)));
    const findings: unknown[] = [];
    for (const operation of order) {
      const { task = 'failed', body, status } = CIRCUMSTANCES[operation.key] ?? {};
      const parts = Object.fromEntries(
        operation.parameters
          .filter((each) => each.in === 'path')
          .map(({ name, example, schema }) => [name, (example ?? schema.example ?? '') as string]),
      );
      if ('task_id' in parts) parts.task_id = await taskThatIs(task);
      if ('event_id' in parts) parts.event_id = await parkedEvent();
      const sent = operation.body === null ? undefined : (body ?? contract.example(operation.body));
      const answer = await send(operation, parts, sent);
      const wanted = status ?? Number(Object.keys(operation.responses).find((each) => Number(each) < 300));
      if (answer.status !== wanted) findings.push({ key: operation.key, sent, wanted, answer });
      findings.push(...contract.findings(operation, answer));
      called.add(operation.key);
    }
    expect(findings).toEqual([]);
  }, 60_000);

  it('answers what it does not know as it says', async () => {
    const findings: unknown[] = [];
    for (const operation of contract.operations.filter(({ path }) => path.includes('{'))) {
      const parts = { task_id: UNKNOWN_ID, event_id: '1-0-ffffffff' };
      const { body = {} } = CIRCUMSTANCES[operation.key] ?? {};
      const answer = await send(operation, parts, operation.body === null ? undefined : { reason: 'x', ...body });
      if (answer.status !== 404) findings.push({ key: operation.key, answer });
      findings.push(...contract.findings(operation, answer));
    }
    expect(findings).toEqual([]);
  });

  it('answers a body that is nothing but mistakes as it says', async () => {
    const findings: unknown[] = [];
    const id = await taskThatIs('waiting');
    for (const operation of contract.operations.filter(({ body }) => body !== null)) {
      for (const sent of [[], { colour: 1, name: 5, tags: 1, reason: {}, action: 'x', task_ids: 'y', tasks: 1 }]) {
        const answer = await send(operation, { task_id: id, step: 'fetch_cart' }, sent);
        if (answer.status !== 400) findings.push({ key: operation.key, sent, answer });
        findings.push(...contract.findings(operation, answer));
      }
    }
    expect(findings).toEqual([]);
  });

  it.each([
    ['a field that is not documented', { status: 200, type: 'application/json', text: '{"status":"live","since":1}' }],
    ['a field that is missing', { status: 200, type: 'application/json', text: '{}' }],
    ['a status that is not documented', { status: 202, type: 'application/json', text: '{"status":"live"}' }],
    ['another type', { status: 200, type: 'text/html', text: 'live' }],
  ])('would be found out by %s', (_fact, answer) => {
    const live = contract.operations.find(({ key }) => key === 'GET /tasker/health/live')!;
    expect(contract.findings(live, { status: 200, type: 'application/json', text: '{"status":"live"}' })).toEqual([]);
    expect(contract.findings(live, answer)).toHaveLength(1);
  });

  it('has been called', () => {
    expect([...called].sort()).toEqual(contract.operations.map(({ key }) => key).sort());
  });
});

const deletes = ({ method, path }: Operation): boolean => method === 'delete' && path.includes('subscriptions');
