import { ADAPTERS, GOOD, startApi, type ApiServer } from './api-server.js';

interface Task {
  task_id: string;
  correlation_id: string;
  [field: string]: unknown;
}

describe.each(ADAPTERS)('tasks under %s', (adapter) => {
  let server: ApiServer;
  beforeAll(async () => {
    server = await startApi(adapter);
  });
  afterAll(() => server?.stop());

  const create = async (changes: object = {}): Promise<Task> =>
    (
      await server.http
        .post('/tasker/tasks')
        .send({ ...GOOD, ...changes })
        .expect(201)
    ).body as Task;

  it('creates a task and says where it is', async () => {
    const answer = await server.http
      .post('/tasker/tasks')
      .send({ ...GOOD, tags: ['a', 'b'], priority: -5 })
      .expect(201);
    const task = answer.body as Task;
    expect(task).toMatchObject({
      ...GOOD,
      tags: ['a', 'b'],
      priority: -5,
      namespace: 'default',
      version: '0.1.0',
      full_name: 'default.api_integration_task@0.1.0',
      status: 'pending',
      execution_status: 'has_ready_steps',
      completion_percentage: 0,
      step_counts: { ready: 2, pending: 2 },
      run_at: null,
      started_at: null,
      completed_at: null,
    });
    expect(task.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(answer.headers.location).toBe(`/tasker/tasks/${task.task_id}`);
    expect(answer.headers['x-correlation-id']).toBe(task.correlation_id);
    expect((await server.http.get(answer.headers.location!).expect(200)).body).toEqual(task);
  });

  it('creates a task from fields under `task`', async () => {
    const { body } = await server.http.post('/tasker/tasks').send({ task: GOOD }).expect(201);
    expect(body).toMatchObject(GOOD);
  });

  it('keeps every key of the context, such as `constructor`', async () => {
    const context = { cart_id: 1, constructor: 'a', prototype: { toString: null }, 'a b': [], '': 0 };
    expect((await create({ context })).context).toEqual(context);
  });

  it('keeps a run_at with an offset as UTC', async () => {
    expect((await create({ run_at: '2999-01-31T11:30:00+02:00' })).run_at).toBe('2999-01-31T09:30:00.000Z');
  });

  it('skips the steps that are to be bypassed', async () => {
    expect(await create({ bypass_steps: ['fetch_cart'] })).toMatchObject({ name: GOOD.name });
  });

  it('takes null for a field that is not given', async () => {
    expect(await create({ tags: null, priority: null, run_at: null })).toMatchObject({ tags: [], priority: 0 });
  });

  it('answers the same task for the same key and request, and says that it is a replay', async () => {
    const send = () => server.http.post('/tasker/tasks').set('Idempotency-Key', 'order-1').send(GOOD);
    const first = await send().expect(201);
    const second = await send().expect(200);
    expect(first.headers).not.toHaveProperty('idempotent-replayed');
    expect(second.headers).toMatchObject({ 'idempotent-replayed': 'true', location: first.headers.location });
    expect((second.body as Task).task_id).toBe((first.body as Task).task_id);
    const third = await server.http
      .post('/tasker/tasks')
      .send({ ...GOOD, idempotency_key: 'order-1' })
      .expect(200);
    expect((third.body as Task).task_id).toBe((first.body as Task).task_id);
  });

  it('takes the correlation id of the header, and echoes it', async () => {
    const { body, headers } = await server.http
      .post('/tasker/tasks')
      .set('X-Correlation-ID', 'order 17')
      .send(GOOD)
      .expect(201);
    expect([(body as Task).correlation_id, headers['x-correlation-id']]).toEqual(['order 17', 'order 17']);
    const shown = await server.http.get(`/tasker/tasks/${(body as Task).task_id}`).set('X-Correlation-ID', 'look');
    expect(shown.headers['x-correlation-id']).toBe('look');
  });

  it('creates many, and answers each in its place', async () => {
    const tasks = [
      GOOD,
      { ...GOOD, priority: 1000 },
      { task: { ...GOOD, idempotency_key: 'order-2' } },
      { ...GOOD, idempotency_key: 'order-2' },
      { ...GOOD, context: {} },
      { ...GOOD, name: 'nobody' },
      7,
    ];
    const { body } = await server.http
      .post('/tasker/tasks/bulk')
      .set('X-Correlation-ID', 'batch')
      .send({ tasks })
      .expect(200);
    const { results } = body as { results: { status: number; task?: Task; error?: { code: string } }[] };
    expect(results.map(({ status, error }) => [status, error?.code])).toEqual([
      [201, undefined],
      [400, 'request_invalid'],
      [201, undefined],
      [200, undefined],
      [422, 'context_invalid'],
      [404, 'template_not_found'],
      [400, 'request_invalid'],
    ]);
    expect(results[3]!.task!.task_id).toBe(results[2]!.task!.task_id);
    expect(results[0]!.task).toMatchObject({ ...GOOD, correlation_id: 'batch' });
  });

  it('finds tasks by what they are and by what their context holds', async () => {
    const { task_id } = await create({ tags: ['findme'], correlation_id: 'c-1', context: { cart_id: 77, note: 'x' } });
    for (const query of [
      'tag=findme',
      'correlation_id=c-1',
      'context.cart_id=77',
      'context.note=x&status=pending',
      'tag=findme&created_after=1960-01-01&created_before=2999-12-31T23:59:59.999Z',
    ]) {
      const { body } = await server.http.get(`/tasker/tasks?${query}`).expect(200);
      const { tasks, next_cursor } = body as { tasks: Task[]; next_cursor: string | null };
      expect({ query, ids: tasks.map((task) => task.task_id), next_cursor }).toEqual({
        query,
        ids: [task_id],
        next_cursor: null,
      });
    }
    const none = await server.http.get('/tasker/tasks?tag=findme&created_before=2020-01-01').expect(200);
    expect(none.body).toEqual({ tasks: [], next_cursor: null });
  });

  it('gives every task once, page by page', async () => {
    for (let n = 0; n < 5; n += 1) await create({ initiator: 'pager' });
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await server.http
        .get(`/tasker/tasks?initiator=pager&limit=2&sort=created_at${cursor}`)
        .expect(200);
      const page = body as { tasks: Task[]; next_cursor: string | null };
      seen.push(...page.tasks.map(({ task_id }) => task_id));
      cursor = page.next_cursor === null ? '' : `&cursor=${encodeURIComponent(page.next_cursor)}`;
    } while (cursor !== '');
    expect([new Set(seen).size, seen.length]).toEqual([5, 5]);
  });

  it('cancels a task for a reason, which its transitions keep', async () => {
    const { task_id } = await create();
    const { body } = await server.http.delete(`/tasker/tasks/${task_id}`).send({ reason: 'Ordered twice' }).expect(200);
    expect(body).toMatchObject({ task_id, status: 'cancelled', step_counts: { cancelled: 4 } });
    const trail = await server.http.get(`/tasker/tasks/${task_id}/transitions`).expect(200);
    const { transitions } = trail.body as { transitions: { step: string | null; to: string; reason: string }[] };
    expect(transitions.filter(({ step, to }) => step === null && to === 'cancelled')).toMatchObject([
      { reason: 'Ordered twice' },
    ]);
  });

  it('cancels a task without a body, or for a reason in the query', async () => {
    await server.http.delete(`/tasker/tasks/${(await create()).task_id}`).expect(200);
    await server.http.delete(`/tasker/tasks/${(await create()).task_id}?reason=twice`).expect(200);
  });

  it('shows the steps and the audit trail where they are asked for', async () => {
    const { task_id } = await create();
    const { body } = await server.http.get(`/tasker/tasks/${task_id}?include=steps,transitions`).expect(200);
    const { steps, transitions } = body as { steps: Task[]; transitions: Task[] };
    expect(steps.map(({ name, status, depends_on }) => [name, status, depends_on])).toEqual([
      ['fetch_cart', 'ready', []],
      ['fetch_products', 'ready', []],
      ['validate_products', 'pending', ['fetch_cart', 'fetch_products']],
      ['create_order', 'pending', ['validate_products']],
    ]);
    expect(transitions[0]).toMatchObject({ step: null, from: null, to: 'pending', cause: 'created' });
  });
});

describe('a prefix of the host', () => {
  it('stands before every route', async () => {
    const server = await startApi('express', { prefix: 'internal/flows' });
    try {
      const { headers } = await server.http.post('/internal/flows/tasks').send(GOOD).expect(201);
      expect(headers.location).toMatch(/^\/internal\/flows\/tasks\/[0-9a-f-]{36}$/);
      await server.http.get('/internal/flows/openapi.json').expect(200);
      await server.http.get('/tasker/tasks').expect(404);
    } finally {
      await server.stop();
    }
  });
});
