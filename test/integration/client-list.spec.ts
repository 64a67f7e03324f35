import type { ListFilter } from '../../src/client/list-filter.js';
import type { TaskView } from '../../src/client/views.js';
import { HandWorker, request, startClient } from '../support/client-parts.js';

let parts: Awaited<ReturnType<typeof startClient>>;
const made: Record<string, TaskView> = {};
beforeAll(async () => {
  parts = await startClient();
  const worker = await HandWorker.start(parts.database);
  made.done = await parts.client.createTask(
    request({ context: { customer: { id: 17, vip: true }, items: [{ sku: 'x' }] } }),
  );
  await worker.runAll();
  made.tagged = await parts.client.createTask(request({ tags: ['eu', 'vip'], initiator: 'ann', priority: 5 }));
  made.single = await parts.client.createTask({
    ...request({ sourceSystem: 'cron', correlationId: 'c-1' }),
    namespace: undefined,
    name: 'single',
  });
  made.cancelled = await parts.client.createTask(request({ context: { customer: { id: '17' } }, priority: -5 }));
  await parts.client.cancelTask(made.cancelled.taskId);
});
afterAll(() => parts.end());

const listed = async (filter: ListFilter): Promise<string[]> => {
  const { tasks } = await parts.client.listTasks(filter);
  return tasks.map(({ taskId }) => Object.keys(made).find((name) => made[name]!.taskId === taskId)!);
};

describe('listTasks', () => {
  it('answers the newest first, each as getTask does', async () => {
    const { tasks, nextCursor } = await parts.client.listTasks();
    expect(tasks).toEqual(await Promise.all(tasks.map(({ taskId }) => parts.client.getTask(taskId))));
    expect(await listed({})).toEqual(['cancelled', 'single', 'tagged', 'done']);
    expect(nextCursor).toBeNull();
  });

  const cases: [ListFilter, string[]][] = [
    [{ namespace: 'default' }, ['single']],
    [{ name: 'diamond' }, ['cancelled', 'tagged', 'done']],
    [{ namespace: 'shop', version: '1.0.0' }, ['cancelled', 'tagged', 'done']],
    [{ version: '9.9.9' }, []],
    [{ status: 'complete' }, ['done']],
    [{ status: ['pending', 'cancelled'] }, ['cancelled', 'single', 'tagged']],
    [{ tag: 'vip' }, ['tagged']],
    [{ tag: 'v' }, []],
    [{ initiator: 'ann' }, ['tagged']],
    [{ sourceSystem: 'cron' }, ['single']],
    [{ correlationId: 'c-1' }, ['single']],
    [{ context: { 'customer.id': '17' } }, ['cancelled', 'done']],
    [{ context: { 'customer.vip': 'true', 'items.0.sku': 'x' } }, ['done']],
    [{ context: { 'customer.name': '' } }, []],
    [{ name: 'diamond', status: 'pending', tag: 'eu' }, ['tagged']],
    [{ sort: 'created_at' }, ['done', 'tagged', 'single', 'cancelled']],
    [{ sort: '-priority' }, ['tagged', 'single', 'done', 'cancelled']],
    [{ sort: 'priority' }, ['cancelled', 'done', 'single', 'tagged']],
    [{ initiator: `' or true --`, context: { "a'); drop table task": '1' } }, []],
  ];
  it.each(cases)('filters by %j', async (filter, names) => expect(await listed(filter)).toEqual(names));

  it('takes createdAfter from that moment on, and createdBefore up to it', async () => {
    const { createdAt } = made.single!;
    expect(await listed({ createdAfter: createdAt, sort: 'created_at' })).toContain('single');
    expect(await listed({ createdBefore: createdAt })).not.toContain('single');
    expect(await listed({ createdBefore: createdAt })).toContain('done');
    expect(await listed({ createdAfter: new Date(Date.now() + 60_000) })).toEqual([]);
  });
});

describe('paging', () => {
  beforeAll(async () => {
    const requests = Array.from({ length: 57 }, (_, n) => request({ tags: ['paged'], priority: n % 3 }));
    await parts.client.createTasks(requests);
  });

  const pages = async (filter: ListFilter): Promise<TaskView[][]> => {
    const result: TaskView[][] = [];
    for (let cursor: string | undefined; ;) {
      const page = await parts.client.listTasks({ ...filter, cursor });
      result.push(page.tasks);
      if (page.nextCursor === null) return result;
      cursor = page.nextCursor;
    }
  };

  it.each(['created_at', '-created_at', 'priority', '-priority'] as const)(
    'meets each task once with the sort %s, over tasks of the same time and priority',
    async (sort) => {
      const read = await pages({ tag: 'paged', sort, limit: 10 });
      expect(read.map(({ length }) => length)).toEqual([10, 10, 10, 10, 10, 7]);
      expect(new Set(read.flat().map(({ taskId }) => taskId)).size).toBe(57);
      if (sort.endsWith('priority')) {
        const priorities = read.flat().map(({ priority }) => priority);
        const sorted = [...priorities].sort((a, b) => (sort === 'priority' ? a - b : b - a));
        expect(priorities).toEqual(sorted);
      }
    },
  );

  it('ends without another page where the last one is full', async () => {
    expect((await pages({ tag: 'paged', limit: 57 })).map(({ length }) => length)).toEqual([57]);
  });

  it('goes on where it was, whatever is created meanwhile', async () => {
    const first = await parts.client.listTasks({ tag: 'paged', limit: 50 });
    await parts.client.createTask(request({ tags: ['paged'] }));
    const next = await parts.client.listTasks({ tag: 'paged', limit: 50, cursor: first.nextCursor! });
    expect(next.tasks).toHaveLength(7);
  });

  it('takes one statement, however many tasks and templates there are', async () => {
    const sent = jest.spyOn(parts.database.dataSource, 'query');
    await parts.client.listTasks({ limit: 100 });
    expect(sent).toHaveBeenCalledTimes(1);
    sent.mockRestore();
  });
});
