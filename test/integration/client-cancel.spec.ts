import { HandWorker, request, startClient } from '../support/client-parts.js';

let parts: Awaited<ReturnType<typeof startClient>>;
let worker: HandWorker;
beforeAll(async () => {
  parts = await startClient();
  worker = await HandWorker.start(parts.database);
});
afterAll(() => parts.end());

describe('cancelTask', () => {
  it('cancels every step that is not finished, the running one included', async () => {
    const { taskId } = await parts.client.createTask(request());
    const [a] = await worker.claim();
    await worker.complete(a!);
    await worker.claim(1);
    const task = await parts.client.cancelTask(taskId);
    expect(task).toMatchObject({
      status: 'cancelled',
      stepCounts: { complete: 1, cancelled: 3 },
      executionStatus: 'all_complete',
      completionPercentage: 100,
    });
    expect(task.completedAt).toBeInstanceOf(Date);
  });

  it('answers a task that is cancelled already as it is', async () => {
    const { taskId } = await parts.client.createTask(request());
    const first = await parts.client.cancelTask(taskId, { reason: 'first' });
    expect(await parts.client.cancelTask(taskId, { reason: 'second' })).toEqual(first);
    const reasons = (await parts.client.getTransitions(taskId)).flatMap(({ reason }) => reason ?? []);
    expect(new Set(reasons)).toEqual(new Set(['first']));
  });

  it('says of a task that has ended in which state it is', async () => {
    const { taskId } = await parts.client.createTask({ ...request(), namespace: undefined, name: 'single' });
    await worker.runAll();
    await expect(parts.client.cancelTask(taskId)).rejects.toMatchObject({
      code: 'illegal_transition',
      message: expect.stringMatching(/is complete.*pending or in_progress or error/),
    });
  });

  it('does not find what is not there', async () => {
    await expect(parts.client.cancelTask('x')).rejects.toMatchObject({ code: 'task_not_found' });
    const missing = parts.client.cancelTask('01a1f8ed-9795-7444-a958-413a8d4e28d1');
    await expect(missing).rejects.toMatchObject({ code: 'task_not_found' });
  });

  it('refuses a reason that cannot be stored, and cancels nothing', async () => {
    const { taskId } = await parts.client.createTask(request());
    const refused = parts.client.cancelTask(taskId, { reason: 'a\u0000', actor: 'x'.repeat(256) });
    await expect(refused).rejects.toMatchObject({
      code: 'request_invalid',
      findings: [{ path: 'reason' }, { path: 'actor' }],
    });
    expect((await parts.client.getTask(taskId)).status).toBe('pending');
  });

  it('tells this process and the others that attempts must stop and the task has settled', async () => {
    const { taskId } = await parts.client.createTask(request());
    await worker.claim();
    const told: string[] = [];
    const stops = (['stop', 'settled'] as const).map((signal) =>
      parts.notifications.on(signal, (ids) => told.push(`${signal} ${ids.join()}`)),
    );
    const announced = jest.spyOn(parts.notifications, 'announce');
    await parts.client.cancelTask(taskId);
    expect(told).toEqual([`stop ${taskId}`, `settled ${taskId}`]);
    expect(announced.mock.calls).toEqual([
      ['stop', [taskId]],
      ['settled', [taskId]],
    ]);
    announced.mockRestore();
    for (const stop of stops) stop();
  });

  it('publishes each step and the task once, with no event for a second cancellation', async () => {
    const { taskId } = await parts.client.createTask(request());
    const heard: string[] = [];
    const stops = [
      parts.events.on('step.cancelled', ({ event, step_name }) => heard.push(`${event} ${step_name}`)),
      parts.events.on('task.cancelled', ({ event, task_id }) => heard.push(`${event} ${task_id}`)),
    ];
    await parts.client.cancelTask(taskId);
    await parts.client.cancelTask(taskId);
    expect(heard.sort()).toEqual([
      'step.cancelled a',
      'step.cancelled b',
      'step.cancelled c',
      'step.cancelled d',
      `task.cancelled ${taskId}`,
    ]);
    for (const stop of stops) stop();
  });

  it('gives one cancellation to ten that come at once, and every step one row of the audit', async () => {
    const { taskId } = await parts.client.createTask(request());
    const tasks = await Promise.all(Array.from({ length: 10 }, () => parts.client.cancelTask(taskId)));
    expect(new Set(tasks.map(({ status }) => status))).toEqual(new Set(['cancelled']));
    const cancelled = (await parts.client.getTransitions(taskId)).filter(({ cause }) => cause === 'cancelled');
    expect(cancelled).toHaveLength(5);
  });

  it('is tried again where a worker and it wait for each other', async () => {
    const call = jest.spyOn(parts.database, 'call');
    const { taskId } = await parts.client.createTask(request());
    call.mockRejectedValueOnce(Object.assign(new Error('deadlock detected'), { code: '40P01' }));
    expect((await parts.client.cancelTask(taskId)).status).toBe('cancelled');
    call.mockRestore();
  });
});
