import { ADAPTERS, startApi, type ApiServer } from '../api/api-server.js';

const BOUNDED = {
  name: 'bounded',
  performance: { concurrency: { max_concurrent_tasks: 1, queue_size: 1 } },
  step_templates: [{ name: 'only', handler_class: 'work', dependent_system: 'bank' }],
};
const REQUEST = { name: 'bounded', context: {}, initiator: 'i', reason: 'r', source_system: 's' };

describe.each(ADAPTERS)('limits over HTTP under %s', (adapter) => {
  let server: ApiServer;
  const taskIds: string[] = [];

  beforeAll(async () => {
    server = await startApi(adapter, { templates: [BOUNDED] });
    for (let n = 0; n < 2; n++) {
      const { body } = await server.http.post('/tasker/tasks').send(REQUEST).expect(201);
      taskIds.push((body as { task_id: string }).task_id);
    }
  }, 30_000);
  afterAll(() => server.stop());

  it('refuse a task that would wait in a full queue with 429, and say when to come back', async () => {
    const { body, headers } = await server.http.post('/tasker/tasks').send(REQUEST).expect(429);
    expect(headers['content-type']).toContain('application/problem+json');
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(body).toMatchObject({
      code: 'queue_full',
      status: 429,
      detail: expect.stringContaining('The queue of default.bounded is full: 1 may wait') as string,
    });
  });

  it('refuse it among many, each for itself', async () => {
    const { body } = await server.http.post('/tasker/tasks/bulk').send({ tasks: [REQUEST] });
    expect((body as { results: unknown[] }).results[0]).toMatchObject({ status: 429, error: { code: 'queue_full' } });
  });

  it('say why a step waits', async () => {
    const { body } = await server.http.get(`/tasker/tasks/${taskIds[1]}/workflow_steps/only`).expect(200);
    expect(body).toMatchObject({
      status: 'ready',
      waiting_for: {
        kind: 'template_limit',
        detail: expect.stringContaining('performance.concurrency.max_concurrent_tasks') as string,
        until: null,
      },
    });
    const first = await server.http.get(`/tasker/tasks/${taskIds[0]}?include=steps`).expect(200);
    expect(first.body).toMatchObject({
      execution_status: 'has_ready_steps',
      steps: [{ waiting_for: { kind: 'no_worker', until: null } }],
    });
  });
});
