import type { Type } from '@nestjs/common';
import { EventSubscriber, PermanentError, StepHandler, type AnyEvent } from '../../src/index.js';
import { eventually } from '../support/engine.js';
import { ADAPTERS, startApi, type ApiServer } from './api-server.js';

const TEMPLATE = { name: 'one', step_templates: [{ name: 'only', handler_class: 'work' }] };

@StepHandler('work')
class Work {
  process() {
    return {};
  }
}

describe.each(ADAPTERS)('subscriptions under %s', (adapter) => {
  const got: string[] = [];
  let refuses = true;
  let server: ApiServer;

  beforeAll(async () => {
    @EventSubscriber({ name: 'billing', events: ['task.completed'], delivery: 'durable' })
    class Billing {
      handle(event: AnyEvent & { task_id?: string }) {
        if (refuses) throw new PermanentError('The account is closed');
        got.push(event.task_id!);
      }
    }
    const handlers: Type[] = [Work, Billing];
    server = await startApi(adapter, { templates: [TEMPLATE], handlers, roles: ['api', 'worker'] });
  });
  afterAll(() => server?.stop());

  const show = async () =>
    (await server.http.get('/tasker/subscriptions/billing').expect(200)).body as Record<string, unknown>;
  const run = async (): Promise<string> => {
    const request = { name: 'one', context: {}, initiator: 'a', reason: 'b', sourceSystem: 'c' };
    const { taskId } = await server.client.createTask(request);
    await server.client.waitFor(taskId, { timeoutMs: 10_000 });
    return taskId;
  };

  it.each(['', '/parked'])('are not found by a name that no database can hold: %s', async (path) => {
    const { body } = await server.http.get(`/tasker/subscriptions/a%00b${path}`).expect(404);
    expect(body).toMatchObject({ code: 'subscription_not_found' });
    await server.http.post('/tasker/subscriptions/a%00b/pause').expect(404);
    await server.http.delete('/tasker/subscriptions/a%00b').expect(404);
  });

  it('are shown with how they stand, their parked events listed, and delivered again on request', async () => {
    const tasks = [await run(), await run(), await run()];
    await eventually('all are parked', async () => (await show()).parked === 3);
    const { body: list } = await server.http.get('/tasker/subscriptions').expect(200);
    expect(list.subscriptions).toEqual([
      {
        ...{ name: 'billing', state: 'active', events: ['task.completed'], waiting: 0, parked: 3 },
        holder: expect.any(String),
        lag_rows: expect.any(Number),
        lag_seconds: expect.any(Number),
        oldest_parked_at: expect.any(String),
        created_at: expect.any(String),
        moved_at: expect.any(String),
      },
    ]);
    const { body: page } = await server.http.get('/tasker/subscriptions/billing/parked?limit=2').expect(200);
    expect(page.parked).toHaveLength(2);
    expect(page.parked[0]).toEqual({
      event_id: expect.stringMatching(/^\d+-0-[0-9a-f]{8}$/),
      event: 'task.completed',
      task_id: tasks[0],
      attempts: 1,
      error: { message: 'The account is closed', error_class: 'PermanentError' },
      parked_at: expect.any(String),
    });
    const { body: rest } = await server.http
      .get(`/tasker/subscriptions/billing/parked?limit=2&after=${page.next_after}`)
      .expect(200);
    expect(rest).toMatchObject({ parked: [{ task_id: tasks[2] }], next_after: null });

    refuses = false;
    const [second] = rest.parked as [{ event_id: string }];
    const one = `/tasker/subscriptions/billing/parked/${second.event_id}/redrive`;
    expect((await server.http.post(one).expect(200)).body).toEqual({ redriven: 1 });
    await eventually('it is taken', () => got.includes(tasks[2]!));
    expect((await server.http.post(one).expect(404)).body.code).toBe('event_not_parked');
    const all = await server.http.post('/tasker/subscriptions/billing/parked/redrive').expect(200);
    expect(all.body).toEqual({ redriven: 2 });
    await eventually('all are taken', () => tasks.every((task) => got.includes(task)));
  });

  it('are paused and resumed', async () => {
    const paused = await server.http.post('/tasker/subscriptions/billing/pause').expect(200);
    expect(paused.body).toMatchObject({ state: 'paused' });
    const resumed = await server.http.post('/tasker/subscriptions/billing/resume').expect(200);
    expect(resumed.body).toMatchObject({ state: 'active' });
  });

  it('that there are not are answered with what was probably meant', async () => {
    const { body } = await server.http.get('/tasker/subscriptions/biling').expect(404);
    expect(body).toMatchObject({
      code: 'subscription_not_found',
      detail: 'There is no subscription "biling". Did you mean "billing"?',
    });
    await server.http.get('/tasker/subscriptions/billing/parked?limit=0').expect(400);
    await server.http.get('/tasker/subscriptions/billing/parked?after=x').expect(404);
    for (const path of ['pause', 'resume', 'parked/redrive']) {
      await server.http.post(`/tasker/subscriptions/biling/${path}`).expect(404);
    }
    await server.http.delete('/tasker/subscriptions/biling').expect(404);
  });

  it('are forgotten on request', async () => {
    await server.http.delete('/tasker/subscriptions/billing').expect(204);
    expect((await server.http.get('/tasker/subscriptions').expect(200)).body).toEqual({ subscriptions: [] });
  });
});
