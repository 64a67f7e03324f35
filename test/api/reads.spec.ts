import { ADAPTERS, startApi, type ApiServer } from './api-server.js';
import { LIVED, LIVED_HANDLERS, live, SHORT } from './lived-task.js';

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;

interface Step {
  step_id: string;
  name: string;
}

describe.each(ADAPTERS)('a task that has come to rest under %s', (adapter) => {
  let server: ApiServer;
  let taskId: string;
  const get = async (path: string): Promise<unknown> =>
    (await server.http.get(`/tasker/tasks/${taskId}${path}`).expect(200)).body as unknown;

  beforeAll(async () => {
    server = await startApi(adapter, { templates: [LIVED, SHORT], handlers: LIVED_HANDLERS, roles: ['api', 'worker'] });
    taskId = await live(server);
  });
  afterAll(() => server?.stop());

  it('says how far it came', async () => {
    expect(await get('')).toMatchObject({
      status: 'error',
      execution_status: 'blocked_by_failures',
      completion_percentage: 50,
      step_counts: { complete: 2, error: 1, pending: 1 },
      started_at: TIME,
      completed_at: TIME,
    });
    expect(await get('')).not.toHaveProperty('steps');
  });

  it('shows its steps with results, errors and neighbours, and no stack', async () => {
    const { steps } = (await get('/workflow_steps')) as { steps: Step[] };
    expect(steps).toMatchObject([
      {
        name: 'price',
        status: 'complete',
        results: { total: 12.5 },
        dependent_system: 'prices',
        dependents: ['charge'],
      },
      { name: 'stock', status: 'complete', attempts: 2, retry_limit: 3, results: { attempt: 2 }, error: null },
      { name: 'charge', status: 'error', attempts: 1, depends_on: ['price', 'stock'], results: null },
      { name: 'ship', status: 'pending', attempts: 0, worker: null, started_at: null, completed_at: null },
    ]);
    expect(steps[2]).toMatchObject({
      error: {
        message: 'The card was refused',
        error_class: 'PermanentError',
        error_code: 'HTTP_402',
        error_category: 'payment',
        context: {},
        attempt: 1,
        retryable: false,
      },
    });
    expect(JSON.stringify(steps)).not.toMatch(/"stack"|at .+:\d+:\d+/);
  });

  it('shows each attempt where it is asked for', async () => {
    const { steps } = (await get('?include=attempts')) as { steps: object[] };
    expect(steps[1]).toMatchObject({
      attempt_history: [
        {
          attempt: 1,
          outcome: 'failed',
          started_at: TIME,
          completed_at: TIME,
          error: { message: 'The catalog is busy', error_code: 'HTTP_503', context: { url: '/products' } },
        },
        { attempt: 2, outcome: 'succeeded', results: { attempt: 2 } },
      ],
    });
    expect(steps[3]).toMatchObject({ attempt_history: [] });
  });

  it('shows a step by its name and by its id', async () => {
    const byName = (await get('/workflow_steps/charge?include=attempts')) as Step;
    expect(byName).toMatchObject({ name: 'charge', task_id: taskId, attempt_history: [{ outcome: 'failed' }] });
    expect(await get(`/workflow_steps/${byName.step_id}?include=attempts`)).toEqual(byName);
  });

  it('is drawn as Mermaid text in live colours', async () => {
    const { text, headers } = await server.http.get(`/tasker/tasks/${taskId}/diagram`).expect(200);
    expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(text).toMatch(/^(graph|flowchart) TD\n/);
    expect(text).toMatch(/charge.*:::error/);
    expect((await server.http.get(`/tasker/tasks/${taskId}/diagram?format=mermaid`)).text).toBe(text);
  });

  it('is drawn as an image, and as a page that loads and runs nothing', async () => {
    const image = await server.http.get(`/tasker/tasks/${taskId}/diagram?format=svg`).expect(200);
    expect(image.headers).toMatchObject({
      'content-type': 'image/svg+xml; charset=utf-8',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      'x-content-type-options': 'nosniff',
    });
    expect(image.body.toString()).toMatch(/^<svg [^>]*>[^]*>charge<[^]*>error<[^]*<\/svg>\n$/);
    const page = await server.http.get(`/tasker/tasks/${taskId}/diagram?format=html`).expect(200);
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.text).toContain(`<title>default.lived@0.1.0 ${taskId}</title>`);
    expect(page.text).toContain('>charge<');
  });

  it('is drawn as nodes and edges', async () => {
    const { nodes, edges } = (await get('/diagram?format=json')) as {
      nodes: { id: string; name: string }[];
      edges: object[];
    };
    expect(nodes).toMatchObject([
      { name: 'price', status: 'complete', level: 0 },
      { name: 'stock', status: 'complete', level: 0 },
      { name: 'charge', status: 'error', level: 1 },
      { name: 'ship', status: 'pending', level: 2 },
    ]);
    expect(edges).toContainEqual({ from: nodes[2]!.id, to: nodes[3]!.id });
    expect(edges).toHaveLength(3);
  });

  it('has an audit trail of every move, in order', async () => {
    const { transitions } = (await get('/transitions')) as {
      transitions: { step: string | null; at: string; to: string }[];
    };
    expect(transitions[0]).toMatchObject({ step: null, from: null, to: 'pending', cause: 'created', at: TIME });
    const ofStock = transitions.filter(({ step }) => step === 'stock').map(({ to }) => to);
    expect(ofStock).toEqual(['ready', 'in_progress', 'waiting_for_retry', 'in_progress', 'complete']);
    expect([...transitions].sort((a, b) => a.at.localeCompare(b.at))).toEqual(transitions);
  });

  it('can be cancelled, and cancelled again', async () => {
    const id = await live(server);
    for (let n = 0; n < 2; n += 1) {
      const { body } = await server.http.delete(`/tasker/tasks/${id}`).expect(200);
      expect(body).toMatchObject({ status: 'cancelled' });
    }
  });

  it('cannot be cancelled once it is complete, which is answered with 409 and its state', async () => {
    const id = await live(server, SHORT);
    const { body } = await server.http.delete(`/tasker/tasks/${id}`).expect(409);
    expect(body).toMatchObject({ code: 'illegal_transition', detail: expect.stringContaining('complete') as string });
  });
});
