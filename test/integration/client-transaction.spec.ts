import { HandWorker, request, startClient } from '../support/client-parts.js';

let parts: Awaited<ReturnType<typeof startClient>>;
beforeAll(async () => {
  parts = await startClient();
  await parts.rows('create table public.orders (id int primary key)');
});
afterAll(() => parts.end());

const count = async (table: string): Promise<number> =>
  Number((await parts.rows(`select count(*) as n from ${table}`))[0]!.n);

describe('createTask in a transaction of the caller’s', () => {
  it('leaves nothing when that is rolled back', async () => {
    const before = [await count('tasker.task'), await count('tasker.step'), await count('tasker.transition')];
    const rolledBack = parts.database.dataSource.transaction(async (manager) => {
      await manager.query('insert into public.orders values (1)');
      await parts.client.createTask(request({ idempotencyKey: 'undone' }), { manager });
      throw new Error('the order cannot be placed');
    });
    await expect(rolledBack).rejects.toThrow('the order cannot be placed');
    expect([await count('tasker.task'), await count('tasker.step'), await count('tasker.transition')]).toEqual(before);
    expect(await count('tasker.idempotency_key')).toBe(0);
  });

  it('is there for others when that commits, and not before', async () => {
    const worker = await HandWorker.start(parts.database);
    const task = await parts.database.dataSource.transaction(async (manager) => {
      const created = await parts.client.createTask(request(), { manager });
      expect(await worker.claim()).toEqual([]);
      await expect(parts.client.getTask(created.taskId)).rejects.toMatchObject({ code: 'task_not_found' });
      return created;
    });
    expect(await parts.client.getTask(task.taskId)).toEqual(task);
    expect((await worker.claim()).map(({ taskId }) => taskId)).toEqual([task.taskId]);
  });

  it('wakes listening workers by the commit', async () => {
    const listening = parts.notifications.listen();
    const woken = new Promise<void>((resolve) => parts.notifications.on('ready', resolve));
    await woken;
    let committed = false;
    const afterCommit = new Promise<boolean>((resolve) => parts.notifications.on('ready', () => resolve(committed)));
    await parts.database.dataSource.transaction(async (manager) => {
      await parts.client.createTask(request(), { manager });
      committed = true;
    });
    expect(await afterCommit).toBe(true);
    void listening;
  });

  it('answers a replay within it, of a task that it created itself too', async () => {
    await parts.database.dataSource.transaction(async (manager) => {
      const first = await parts.client.submit(request({ idempotencyKey: 'inside' }), { manager });
      const again = await parts.client.submit(request({ idempotencyKey: 'inside' }), { manager });
      expect(again).toEqual({ task: first.task, replayed: true });
    });
  });

  it('leaves the transaction usable after a refusal', async () => {
    await parts.database.dataSource.transaction(async (manager) => {
      const refused = parts.client.createTask(request({ idempotencyKey: 'inside', priority: 9 }), { manager });
      await expect(refused).rejects.toMatchObject({ code: 'idempotency_conflict' });
      await manager.query('insert into public.orders values (2)');
    });
    expect(await count('public.orders')).toBe(1);
  });

  it('publishes nothing, because nobody knows whether it will commit', async () => {
    const heard: unknown[] = [];
    const stop = parts.events.on('task.initialize_requested', (payload) => heard.push(payload));
    await parts.database.dataSource.transaction((manager) => parts.client.createTask(request(), { manager }));
    stop();
    expect(heard).toEqual([]);
  });

  it('takes many at once', async () => {
    const answers = await parts.database.dataSource.transaction((manager) =>
      parts.client.createTasks([request(), request({ name: 'unknown' }), request()], { manager }),
    );
    expect(answers.map((one) => 'task' in one)).toEqual([true, false, true]);
  });
});
