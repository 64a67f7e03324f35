import { PermanentError, StepHandler, type StepContext, type TemplateDefinition } from '../../src/index.js';
import { eventually } from '../support/engine.js';
import { ADAPTERS, startApi, type ApiServer } from './api-server.js';

@StepHandler('repairable')
class Repairable {
  process({ step, task }: StepContext): object {
    if (step.inputs.amount === 1 || task.context.good === true) return { charged: step.inputs.amount ?? null };
    throw new PermanentError('The card was refused', { errorCode: 'HTTP_402' });
  }
}

@StepHandler('answers')
class Answers {
  process({ sequence }: StepContext): object {
    return { after: sequence.names.length === 0 ? null : sequence.results(sequence.names[0]!) };
  }
}

const ORDER: TemplateDefinition = {
  name: 'order',
  step_templates: [
    { name: 'charge', handler_class: 'repairable', default_retry_limit: 2 },
    { name: 'ship', handler_class: 'answers', depends_on_step: 'charge' },
    { name: 'notify', handler_class: 'answers', depends_on_step: 'ship' },
  ],
};

interface Task {
  task_id: string;
  status: string;
  [field: string]: unknown;
}

interface Move {
  step: string | null;
  cause: string;
  to: string | null;
  actor: string | null;
  reason: string | null;
}

describe.each(ADAPTERS)("an operator's verbs under %s", (adapter) => {
  let server: ApiServer;
  beforeAll(async () => {
    server = await startApi(adapter, { templates: [ORDER], handlers: [Repairable, Answers], roles: ['api', 'worker'] });
  });
  afterAll(() => server?.stop());

  const create = async (changes: object = {}): Promise<string> => {
    const request = { name: 'order', context: {}, initiator: 'a', reason: 'b', source_system: 'c', ...changes };
    return ((await server.http.post('/tasker/tasks').send(request).expect(201)).body as Task).task_id;
  };
  /** A task whose first step has failed for good. */
  const failed = async (): Promise<string> => {
    const id = await create();
    await server.client.waitFor(id, { timeoutMs: 20_000 });
    return id;
  };
  const pending = () => create({ run_at: '2999-01-01T00:00:00Z' });
  const settled = async (id: string): Promise<Task> => {
    await server.client.waitFor(id, { timeoutMs: 20_000 });
    return (await server.http.get(`/tasker/tasks/${id}?include=steps,transitions`)).body as Task;
  };
  const movesOf = async (id: string): Promise<Move[]> =>
    ((await server.http.get(`/tasker/tasks/${id}/transitions`)).body as { transitions: Move[] }).transitions;
  const patch = (id: string, step: string, body: object) =>
    server.http.patch(`/tasker/tasks/${id}/workflow_steps/${step}`).send(body);

  it('retry a failed step with other inputs: its task revives and completes', async () => {
    const id = await failed();
    const body = { action: 'retry', reason: 'smaller amount', retry_limit: 5, inputs: { amount: 1 } };
    const answer = await patch(id, 'charge', body).set('X-Actor', 'ann').expect(200);
    expect(answer.body).toMatchObject({ name: 'charge', retry_limit: 5, inputs: { amount: 1 } });

    const task = await settled(id);
    expect(task).toMatchObject({ status: 'complete', completed_at: expect.any(String) });
    expect(task.steps).toMatchObject([{ attempts: 2, results: { charged: 1 } }, {}, {}]);
    expect((await movesOf(id)).filter(({ actor }) => actor === 'ann')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ step: 'charge', cause: 'retried', to: 'ready', reason: 'smaller amount' }),
        expect.objectContaining({ step: null, cause: 'revived', to: 'in_progress', reason: 'smaller amount' }),
        expect.objectContaining({ step: 'charge', cause: 'updated', to: null }),
      ]),
    );
  });

  it('retry a task, which fails again after as many attempts as it has', async () => {
    const id = await failed();
    const { body } = await server.http.post(`/tasker/tasks/${id}/retry`).expect(200);
    expect(body).toMatchObject({ task_id: id });
    expect(await settled(id)).toMatchObject({ status: 'error', steps: [{ attempts: 2 }, {}, {}] });
  });

  it.each([
    ['resolve', undefined, 'resolved_manually', null],
    ['resolve', { ref: 7 }, 'resolved_manually', { ref: 7 }],
    ['complete', { charged: 3 }, 'complete', { charged: 3 }],
    ['complete', 0, 'complete', 0],
    ['complete', false, 'complete', false],
    ['skip', undefined, 'skipped', null],
  ])('%s a failed step with %j: what depends on it goes on', async (action, results, status, stored) => {
    const id = await failed();
    const { body } = await patch(id, 'charge', { action, reason: 'by hand', results }).expect(200);
    expect(body).toMatchObject({ status, results: stored });
    const task = await settled(id);
    expect(task.status).toBe('complete');
    expect(task.steps).toMatchObject([{ status }, { status: 'complete', results: { after: stored } }, {}]);
  });

  it('act by PUT, and by the id of a step, as by PATCH and its name', async () => {
    const id = await failed();
    const { body } = await server.http.get(`/tasker/tasks/${id}/workflow_steps/charge`);
    const { step_id } = body as { step_id: string };
    const answer = await server.http
      .put(`/tasker/tasks/${id}/workflow_steps/${step_id}`)
      .send({ action: 'skip', reason: 'x' })
      .expect(200);
    expect(answer.body).toMatchObject({ step_id, status: 'skipped' });
  });

  it('change a step without an action, and nothing else happens', async () => {
    const id = await failed();
    const { body } = await patch(id, 'charge', { reason: 'later', inputs: { amount: 1 } }).expect(200);
    expect(body).toMatchObject({ status: 'error', inputs: { amount: 1 }, attempts: 1 });
    await server.http.post(`/tasker/tasks/${id}/retry`).send({}).expect(200);
    expect((await settled(id)).status).toBe('complete');
  });

  it('cancel a step with what depends on it, and so the task', async () => {
    const id = await pending();
    const { body } = await server.http
      .delete(`/tasker/tasks/${id}/workflow_steps/ship`)
      .send({ reason: 'sold out' })
      .expect(200);
    expect(body).toMatchObject({ name: 'ship', status: 'cancelled' });
    const task = await server.http.get(`/tasker/tasks/${id}?include=steps`);
    expect(task.body).toMatchObject({
      status: 'pending',
      steps: [{ status: 'ready' }, { status: 'cancelled' }, { status: 'cancelled' }],
    });
    await server.http.delete(`/tasker/tasks/${id}/workflow_steps/charge?reason=no`).expect(200);
    expect((await settled(id)).status).toBe('cancelled');
    await server.http.delete(`/tasker/tasks/${id}/workflow_steps/charge`).expect(200);
  });

  it('pause a task, so that nothing of it starts, and resume it', async () => {
    const id = await pending();
    const paused = await server.http.post(`/tasker/tasks/${id}/pause`).send({ reason: 'audit' }).expect(200);
    expect(paused.body).toMatchObject({ status: 'pending', paused_at: expect.any(String) });
    await server.http.post(`/tasker/tasks/${id}/pause`).expect(200);
    await patch(id, 'charge', { action: 'skip', reason: 'x' }).expect(200);
    const ship = await server.http.get(`/tasker/tasks/${id}`);
    expect(ship.body).toMatchObject({ status: 'pending', execution_status: 'waiting_for_dependencies' });
    const resumed = await server.http.post(`/tasker/tasks/${id}/resume`).expect(200);
    expect(resumed.body).toMatchObject({ paused_at: null });
    expect((await movesOf(id)).filter(({ to }) => to === null)).toMatchObject([
      { step: null, cause: 'paused', actor: 'api', reason: 'audit' },
      { step: null, cause: 'resumed', reason: null },
    ]);
  });

  it('resolve a task in error, with its steps', async () => {
    const id = await failed();
    const { body } = await server.http.post(`/tasker/tasks/${id}/resolve`).send({ reason: 'refunded' }).expect(200);
    expect(body).toMatchObject({
      status: 'resolved_manually',
      execution_status: 'all_complete',
      completion_percentage: 100,
      step_counts: { resolved_manually: 1, cancelled: 2 },
    });
  });

  it.each(['patch', 'put'] as const)('change tags, reason and priority of a task by %s', async (method) => {
    const id = await pending();
    const changes = { tags: ['urgent', 'vip'], reason: 'now for real', priority: 50 };
    const { body } = await server.http[method](`/tasker/tasks/${id}`).send(changes).expect(200);
    expect(body).toMatchObject({ task_id: id, ...changes, initiator: 'a' });
    await server.http[method](`/tasker/tasks/${id}`).send({ tags: [] }).expect(200);
    expect((await server.http.get(`/tasker/tasks/${id}`)).body).toMatchObject({ ...changes, tags: [] });
  });

  it('refuse what the state does not allow with 409, the state, and what is allowed', async () => {
    const id = await failed();
    const { body } = await patch(id, 'ship', { action: 'complete', reason: 'x', results: 1 }).expect(409);
    expect(body).toMatchObject({
      code: 'illegal_transition',
      detail: expect.stringMatching(/Step "ship" is pending and cannot be completed: it can be skipped or cancelled/),
      errors: [{ path: 'status', message: expect.stringMatching(/is pending; allowed: skip, cancel/) }],
    });
    const running = await server.http.post(`/tasker/tasks/${id}/pause`).expect(409);
    expect(running.body).toMatchObject({ detail: expect.stringMatching(/is error and cannot be paused/) });
    const resumed = await server.http.post(`/tasker/tasks/${id}/resume`).expect(409);
    expect(resumed.body).toMatchObject({ detail: expect.stringMatching(/is error and is not paused/) });
    await server.http.post(`/tasker/tasks/${id}/resolve`).expect(200);
    const again = await server.http.post(`/tasker/tasks/${id}/resolve`).expect(409);
    expect(again.body).toMatchObject({ detail: expect.stringMatching(/resolved_manually.*does not change any more/) });
  });

  it('are done to many tasks at once, and answered for each', async () => {
    const [one, two, three] = [await failed(), await failed(), await pending()];
    const unknown = '01890a5d-ac96-774b-bcce-b302099a8057';
    const { body } = await server.http
      .post('/tasker/tasks/bulk_actions')
      .set('X-Actor', 'ann')
      .send({ action: 'resolve', task_ids: [one, unknown, three, two, 'x'], reason: 'all refunded' })
      .expect(200);
    const { results } = body as {
      results: { status: number; task_id: string; task?: Task; error?: { code: string } }[];
    };
    expect(results.map(({ status, task_id, task, error }) => [status, task_id, task?.status ?? error?.code])).toEqual([
      [200, one, 'resolved_manually'],
      [404, unknown, 'task_not_found'],
      [409, three, 'illegal_transition'],
      [200, two, 'resolved_manually'],
      [404, 'x', 'task_not_found'],
    ]);
    expect((await movesOf(two)).at(-1)).toMatchObject({ actor: 'ann', reason: 'all refunded' });
  });

  it('are done to the step of a name in many tasks at once', async () => {
    const ids = [await failed(), await failed()];
    const act = { action: 'retry', step: 'charge', reason: 'smaller', inputs: { amount: 1 } };
    const { body } = await server.http
      .post('/tasker/tasks/bulk_actions')
      .send({ ...act, task_ids: ids })
      .expect(200);
    expect(body).toMatchObject({ results: ids.map((task_id) => ({ status: 200, task_id, step: { name: 'charge' } })) });
    for (const id of ids) expect((await settled(id)).status).toBe('complete');
  });

  it('take effect on a task whose steps are running', async () => {
    const id = await create({ context: { good: true } });
    await eventually('it is complete', async () => {
      const { body } = await server.http.get(`/tasker/tasks/${id}`);
      return (body as Task).status === 'complete';
    });
    await server.http.post(`/tasker/tasks/${id}/retry`).expect(409);
    await server.http
      .patch(`/tasker/tasks/${id}`)
      .send({ tags: ['done'] })
      .expect(200);
  });
});
