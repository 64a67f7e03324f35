import { performance } from 'node:perf_hooks';
import { ClientParts, DIAMOND, HandWorker, SINGLE, request, startClient } from '../support/client-parts.js';

let parts: Awaited<ReturnType<typeof startClient>>;
let worker: HandWorker;
beforeAll(async () => {
  parts = await startClient();
  worker = await HandWorker.start(parts.database);
});
afterEach(() => expect(parts.waiting.size).toBe(0));
afterAll(() => parts.end());

const single = async (): Promise<string> =>
  (await parts.client.createTask({ ...request(), namespace: undefined, name: 'single' })).taskId;
/** Resolves once the task's end would be announced. */
const marked = async (taskId: string): Promise<void> => {
  while ((await parts.rows('select from tasker.task where id = $1 and awaited', [taskId])).length === 0);
};

describe('waitFor', () => {
  it('answers at once a task that has settled, with its steps', async () => {
    const taskId = await single();
    await worker.runAll({ total: 1 });
    const task = await parts.client.waitFor(taskId, { timeoutMs: 0 });
    expect(task).toEqual(await parts.client.getTask(taskId, { include: ['steps'] }));
    expect(task.steps).toMatchObject([{ status: 'complete', results: { total: 1 } }]);
  });

  it('resolves by the word of this process', async () => {
    const taskId = await single();
    const waiting = parts.client.waitFor(taskId);
    await marked(taskId);
    const startedAt = performance.now();
    parts.notifications.tell('settled', await worker.runAll());
    expect((await waiting).status).toBe('complete');
    expect(performance.now() - startedAt).toBeLessThan(1500);
  });

  it('resolves by the NOTIFY of another process', async () => {
    const other = await ClientParts.connect(parts.database.location, [DIAMOND, SINGLE]);
    const listening = other.notifications.listen();
    await new Promise<void>((resolve) => other.notifications.on('ready', resolve));
    const taskId = await single();
    const waiting = other.client.waitFor(taskId);
    await marked(taskId);
    const startedAt = performance.now();
    await parts.notifications.announce('settled', await worker.runAll());
    expect((await waiting).taskId).toBe(taskId);
    expect(performance.now() - startedAt).toBeLessThan(1500);
    await other.close();
    await listening;
  });

  it('resolves without a word, by looking again', async () => {
    const taskId = await single();
    const waiting = parts.client.waitFor(taskId, { timeoutMs: 20_000 });
    await marked(taskId);
    await worker.runAll();
    expect((await waiting).status).toBe('complete');
  });

  it.each(['error', 'cancelled'] as const)('resolves with a task that ends as %s', async (state) => {
    const taskId = await single();
    const waiting = parts.client.waitFor(taskId);
    if (state === 'cancelled') await parts.client.cancelTask(taskId);
    else {
      const [step] = await worker.claim();
      await worker.fail(step!, null);
      parts.notifications.tell('settled', [taskId]);
    }
    expect((await waiting).status).toBe(state);
  });

  it('goes on waiting where a word was wrong', async () => {
    const taskId = await single();
    const waiting = parts.client.waitFor(taskId, { timeoutMs: 300 });
    parts.notifications.tell('settled', [taskId]);
    await expect(waiting).rejects.toMatchObject({
      code: 'wait_timeout',
      message: expect.stringContaining('is pending after 300 ms'),
    });
  });

  it('resolves at its timeout rather than fail, where the task has settled without a word', async () => {
    const taskId = await single();
    const waiting = parts.client.waitFor(taskId, { timeoutMs: 300 });
    await marked(taskId);
    await worker.runAll();
    expect((await waiting).status).toBe('complete');
  });

  it('does not find what is not there', async () => {
    await expect(parts.client.waitFor('x')).rejects.toMatchObject({ code: 'task_not_found' });
    const missing = parts.client.waitFor('01a1f8ed-9795-7444-a958-413a8d4e28d1');
    await expect(missing).rejects.toMatchObject({ code: 'task_not_found' });
  });

  it.each([-1, NaN, '5' as unknown as number])('refuses to wait for %p ms', async (timeoutMs) =>
    expect(parts.client.waitFor(await single(), { timeoutMs })).rejects.toMatchObject({ code: 'request_invalid' }),
  );

  it('waits without end where the time is without end', async () => {
    const taskId = await single();
    const waiting = parts.client.waitFor(taskId, { timeoutMs: Infinity });
    await marked(taskId);
    await parts.client.cancelTask(taskId);
    expect((await waiting).status).toBe('cancelled');
  });

  it('serves a thousand waiters with one listener, and several of one task', async () => {
    const on = jest.spyOn(parts.notifications, 'on');
    const created = await parts.client.createTasks(
      Array.from({ length: 1000 }, () => ({ ...request(), namespace: undefined, name: 'single' })),
    );
    const ids = created.map((one) => ('task' in one ? one.task.taskId : ''));
    const waiting = Promise.all([...ids, ids[0]!].map((id) => parts.client.waitFor(id)));
    expect(on).toHaveBeenCalledTimes(1);
    on.mockRestore();
    parts.notifications.tell('settled', await worker.runAll());
    const tasks = await waiting;
    expect(tasks.map(({ taskId }) => taskId)).toEqual([...ids, ids[0]]);
    expect(new Set(tasks.map(({ status }) => status))).toEqual(new Set(['complete']));
  });

  it('is told to end when the process shuts down', async () => {
    const waiting = parts.client.waitFor(await single());
    parts.waiting.onModuleDestroy();
    await expect(waiting).rejects.toMatchObject({ code: 'wait_timeout' });
  });
});
