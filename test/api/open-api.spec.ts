import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import type { OpenAPIObject } from '@nestjs/swagger';
import { RELEASE, STEP_STATES, TASK_STATES } from '../../src/index.js';
import { ADAPTERS, startApi, type ApiServer } from './api-server.js';
import { strict } from './live-contract.js';
import { LIVED, LIVED_HANDLERS, live } from './lived-task.js';

const ROUTES = [
  'POST /tasker/tasks',
  'POST /tasker/tasks/bulk',
  'POST /tasker/tasks/bulk_actions',
  'GET /tasker/tasks',
  'GET /tasker/tasks/{task_id}',
  'PATCH /tasker/tasks/{task_id}',
  'PUT /tasker/tasks/{task_id}',
  'DELETE /tasker/tasks/{task_id}',
  'POST /tasker/tasks/{task_id}/retry',
  'POST /tasker/tasks/{task_id}/resolve',
  'POST /tasker/tasks/{task_id}/pause',
  'POST /tasker/tasks/{task_id}/resume',
  'GET /tasker/tasks/{task_id}/workflow_steps',
  'GET /tasker/tasks/{task_id}/workflow_steps/{step}',
  'PATCH /tasker/tasks/{task_id}/workflow_steps/{step}',
  'PUT /tasker/tasks/{task_id}/workflow_steps/{step}',
  'DELETE /tasker/tasks/{task_id}/workflow_steps/{step}',
  'GET /tasker/tasks/{task_id}/diagram',
  'GET /tasker/tasks/{task_id}/transitions',
  'GET /tasker/tasks/{task_id}/explain',
  'GET /tasker/analytics/performance',
  'GET /tasker/analytics/bottlenecks',
  'GET /tasker/handlers',
  'GET /tasker/handlers/{namespace}',
  'GET /tasker/handlers/{namespace}/{name}',
  'GET /tasker/step_handlers',
  'GET /tasker/registries',
  'GET /tasker/registries/{name}',
  'GET /tasker/events',
  'GET /tasker/events/{name}',
  'GET /tasker/stream',
  'GET /tasker/tasks/{task_id}/stream',
  'GET /tasker/subscriptions',
  'GET /tasker/subscriptions/{name}',
  'DELETE /tasker/subscriptions/{name}',
  'POST /tasker/subscriptions/{name}/pause',
  'POST /tasker/subscriptions/{name}/resume',
  'GET /tasker/subscriptions/{name}/parked',
  'POST /tasker/subscriptions/{name}/parked/redrive',
  'POST /tasker/subscriptions/{name}/parked/{event_id}/redrive',
  'GET /tasker/alerts',
  'GET /tasker/health/live',
  'GET /tasker/health/ready',
  'GET /tasker/health/status',
  'GET /tasker/metrics',
];

type Node = { [key: string]: unknown };

function validatorOf(document: OpenAPIObject): (name: string, value: unknown) => unknown[] {
  const ajv = addFormats(new Ajv({ strict: false, allErrors: true }));
  const schemas = Object.fromEntries(
    Object.entries(document.components!.schemas!).map(([name, schema]) => [name, strict(schema)]),
  );
  ajv.addSchema({
    $id: 'api',
    components: { schemas: JSON.parse(JSON.stringify(schemas).replaceAll('"#/', '"api#/')) as Node },
  });
  return (name, value) => {
    const validate = ajv.getSchema(`api#/components/schemas/${name}`)!;
    return validate(value) ? [] : (validate.errors ?? []);
  };
}

describe.each(ADAPTERS)('the OpenAPI document under %s', (adapter) => {
  let server: ApiServer;
  let document: OpenAPIObject;
  let taskId: string;

  beforeAll(async () => {
    const alerts = [{ name: 'low', condition: 'success_rate < 0.95', labels: { team: 'shop' } }];
    const templates = [{ ...LIVED, alerts }];
    server = await startApi(adapter, { templates, handlers: LIVED_HANDLERS, roles: ['api', 'worker'] });
    document = (await server.http.get('/tasker/openapi.json').expect(200)).body as OpenAPIObject;
    taskId = await live(server);
  });
  afterAll(() => server?.stop());

  it('is OpenAPI 3 of this release', () => {
    expect(document).toMatchObject({ openapi: '3.0.0', info: { title: 'Tasker', version: RELEASE } });
  });

  it('lists every route', () => {
    const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(documented.sort()).toEqual([...ROUTES].sort());
  });

  it('takes its states from the table of states', () => {
    const { Task, Step } = document.components!.schemas as Record<string, { properties: Record<string, object> }>;
    expect(Task!.properties.status).toMatchObject({ enum: TASK_STATES });
    expect(Step!.properties.status).toMatchObject({ enum: STEP_STATES });
  });

  it('refers to nothing that it does not hold', () => {
    const known = Object.keys(document.components!.schemas!);
    const named = [...JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name);
    expect(known).toEqual(expect.arrayContaining([...new Set(named)]));
  });

  it('documents every answer that is a problem as one', () => {
    for (const methods of Object.values(document.paths)) {
      for (const { responses } of Object.values(methods) as { responses: Record<string, { content?: object }> }[]) {
        const problems = Object.entries(responses).filter(([status, { content }]) => Number(status) >= 400 && content);
        for (const [, { content }] of problems) {
          const type = Object.keys(content!)[0];
          expect(['application/problem+json', 'application/json']).toContain(type);
        }
      }
    }
  });

  it('names exactly the fields that live answers have', async () => {
    const check = validatorOf(document);
    const answers: [string, string][] = [
      ['Task', `tasks/${taskId}?include=steps,attempts,dependencies,transitions`],
      ['TaskPage', 'tasks'],
      ['Steps', `tasks/${taskId}/workflow_steps?include=attempts`],
      ['Step', `tasks/${taskId}/workflow_steps/charge`],
      ['Transitions', `tasks/${taskId}/transitions`],
      ['Diagram', `tasks/${taskId}/diagram?format=json`],
      ['Explanation', `tasks/${taskId}/explain`],
      ['Performance', 'analytics/performance'],
      ['Bottlenecks', 'analytics/bottlenecks'],
      ['Namespaces', 'handlers'],
      ['Handler', 'handlers/default/lived'],
      ['StepHandlers', 'step_handlers'],
      ['Registries', 'registries'],
      ['Events', 'events'],
      ['EventInfo', 'events/task.completed'],
      ['Subscriptions', 'subscriptions'],
      ['Alerts', 'alerts'],
      ['Liveness', 'health/live'],
      ['Readiness', 'health/ready'],
      ['HealthStatus', 'health/status'],
      ['Problem', 'tasks?limit=0'],
    ];
    for (const [schema, path] of answers) {
      const { body } = await server.http.get(`/tasker/${path}`);
      expect({ schema, errors: check(schema, body) }).toEqual({ schema, errors: [] });
    }
    const task = { name: 'lived', context: {}, initiator: 'a', reason: 'b', source_system: 'c' };
    expect(check('NewTask', task)).toEqual([]);
    const { body } = await server.http.post('/tasker/tasks/bulk').send({ tasks: [task, {}] });
    expect(check('BulkResults', body)).toEqual([]);
    const act = { action: 'update', tags: ['a'], task_ids: [taskId, '01890a5d-ac96-774b-bcce-b302099a8057'] };
    const acted = await server.http.post('/tasker/tasks/bulk_actions').send(act);
    expect(check('BulkActionResults', acted.body)).toEqual([]);
    for (const [schema, example] of [
      ['BulkAction', act],
      ['StepAction', { action: 'retry', reason: 'x', retry_limit: 3, inputs: { a: 1 } }],
      ['TaskRetry', { reason: 'x', retry_limit: 3 }],
      ['TaskChanges', { tags: ['a'], reason: 'x', priority: 1 }],
      ['Reason', { reason: 'x' }],
    ] as const) {
      expect({ schema, errors: check(schema, example) }).toEqual({ schema, errors: [] });
    }
  });

  it('has a page that loads nothing from elsewhere', async () => {
    const { text } = await server.http.get('/tasker/docs').expect(200);
    const loaded = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path!);
    expect(loaded).toEqual(expect.arrayContaining([expect.stringMatching(/swagger-ui-bundle\.js$/)]));
    for (const path of loaded) {
      expect(path).not.toMatch(/^(https?:)?\/\//);
      const { headers } = await server.http.get(new URL(path, 'http://x/tasker/docs').pathname).expect(200);
      expect(headers['content-type']).toMatch(/css|javascript|png/);
    }
  });
});
