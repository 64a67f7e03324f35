import type { TaskerError } from '../../src/core/errors.js';
import { ClientParts, DIAMOND, SINGLE, request, startClient } from '../support/client-parts.js';

let parts: Awaited<ReturnType<typeof startClient>>;
beforeAll(async () => {
  parts = await startClient();
});
afterAll(() => parts.end());

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    (error: TaskerError) => error.code,
  );
const withIdentity = async (
  identity: 'caller_provided' | 'strict',
  work: (other: ClientParts) => Promise<void>,
): Promise<void> => {
  const other = await ClientParts.connect(parts.database.location, [DIAMOND, SINGLE], identity);
  await work(other).finally(() => other.close());
};

describe('an idempotency key', () => {
  it('answers the first task to the same request, as it is by now', async () => {
    const first = await parts.client.submit(request({ idempotencyKey: 'same' }));
    await parts.client.cancelTask(first.task.taskId);
    const again = await parts.client.submit(request({ idempotencyKey: 'same', correlationId: 'another trace' }));
    expect(first.replayed).toBe(false);
    expect(again).toMatchObject({ replayed: true, task: { taskId: first.task.taskId, status: 'cancelled' } });
  });

  it('is refused for another request, which leaves nothing', async () => {
    const { taskId } = await parts.client.createTask(request({ idempotencyKey: 'other' }));
    const conflict = parts.client.createTask(request({ idempotencyKey: 'other', context: { cart_id: 8 } }));
    await expect(conflict).rejects.toMatchObject({
      code: 'idempotency_conflict',
      message: expect.stringContaining(taskId) as string,
    });
    expect(await parts.rows(`select id from tasker.task where idempotency_key = 'other'`)).toEqual([{ id: taskId }]);
  });

  it('gives one task to twenty that come at the same moment', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => parts.client.submit(request({ idempotencyKey: 'crowd' }))),
    );
    expect(new Set(answers.map(({ task }) => task.taskId)).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
  });

  it('gives one task to twenty of several processes', async () => {
    const other = await ClientParts.connect(parts.database.location, [DIAMOND, SINGLE]);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        (n % 2 ? other : parts).client.submit(request({ idempotencyKey: 'processes' })),
      ),
    );
    await other.close();
    expect(new Set(answers.map(({ task }) => task.taskId)).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
  });

  it('does not keep apart requests without one', async () => {
    const tasks = await Promise.all([request(), request()].map((one) => parts.client.createTask(one)));
    expect(tasks[0]!.taskId).not.toBe(tasks[1]!.taskId);
  });
});

describe('the identity caller_provided', () => {
  it('asks for a key', () =>
    withIdentity('caller_provided', async ({ client }) => {
      await expect(client.createTask(request())).rejects.toMatchObject({
        code: 'request_invalid',
        findings: [{ path: 'idempotencyKey' }],
      });
      expect((await client.submit(request({ idempotencyKey: 'given' }))).replayed).toBe(false);
    }));
});

describe('the identity strict', () => {
  it('answers the first task to an equal request, however its version was named', () =>
    withIdentity('strict', async ({ client }) => {
      const first = await client.submit(request({ context: { strict: 1, b: 2 } }));
      const again = await client.submit(request({ context: { b: 2, strict: 1 }, version: '1.0.0' }));
      expect(again).toMatchObject({ replayed: true, task: { taskId: first.task.taskId } });
      expect(await codeOf(client.createTask(request({ context: { strict: 2 } })))).toBe('none');
    }));

  it('lets a key that is given decide', () =>
    withIdentity('strict', async ({ client }) => {
      const tasks = await Promise.all(
        ['one', 'two'].map((idempotencyKey) => client.createTask(request({ idempotencyKey }))),
      );
      expect(tasks[0]!.taskId).not.toBe(tasks[1]!.taskId);
    }));
});
