import type { TransitionView } from '../../src/client/views.js';
import { FAILURE, HandWorker, request, startClient } from '../support/client-parts.js';

let parts: Awaited<ReturnType<typeof startClient>>;
let worker: HandWorker;
beforeAll(async () => {
  parts = await startClient();
});
beforeEach(async () => {
  await parts.rows('truncate tasker.task, tasker.step, tasker.transition, tasker.idempotency_key');
  worker = await HandWorker.start(parts.database, 'hand');
});
afterAll(() => parts.end());

const single = async (): Promise<string> =>
  (await parts.client.createTask({ ...request(), namespace: undefined, name: 'single' })).taskId;
const makeDue = (): Promise<unknown> => parts.rows(`update tasker.step set due_at = now() where due_at is not null`);
const moves = (list: TransitionView[]): string[] =>
  list.map(({ step, from, to }) => `${step ?? 'task'}: ${from} > ${to}`);

describe('the history of attempts', () => {
  it('keeps a failure, a release, a late result and a success apart', async () => {
    const taskId = await single();
    const [first] = await worker.claim();
    await worker.fail(first!, 60_000, 'busy');
    await makeDue();
    const [second] = await worker.claim();
    await worker.release(second!);
    const [third] = await worker.claim();
    await worker.refuse(second!, { results: { late: true } });
    await worker.complete(third!, { total: 3 });

    const step = await parts.client.getStep(taskId, 'only', { include: ['attempts'] });
    expect(step).toMatchObject({ status: 'complete', attempts: 3, results: { total: 3 }, error: null, worker: 'hand' });
    expect(step.attemptHistory).toEqual([
      {
        attempt: 1,
        outcome: 'failed',
        startedAt: expect.any(Date),
        completedAt: expect.any(Date),
        worker: 'hand',
        error: { ...FAILURE, message: 'busy' },
      },
      { attempt: 2, outcome: 'released', startedAt: expect.any(Date), completedAt: expect.any(Date), worker: 'hand' },
      {
        attempt: 2,
        outcome: 'refused',
        startedAt: expect.any(Date),
        completedAt: expect.any(Date),
        worker: 'hand',
        results: { late: true },
      },
      {
        attempt: 3,
        outcome: 'succeeded',
        startedAt: expect.any(Date),
        completedAt: expect.any(Date),
        worker: 'hand',
        results: { total: 3 },
      },
    ]);
  });

  it('shows an attempt that runs without an outcome', async () => {
    const taskId = await single();
    await worker.claim();
    const { steps, executionStatus } = await parts.client.getTask(taskId, { include: ['attempts'] });
    expect(executionStatus).toBe('processing');
    expect(steps![0]!.attemptHistory).toMatchObject([{ attempt: 1, outcome: null, completedAt: null }]);
  });

  it('shows the attempt that a cancellation ended, and none that had ended before it', async () => {
    const [running, waiting] = [await single(), await single()];
    const [, second] = await worker.claim();
    await worker.fail(second!, 60_000);
    await parts.client.cancelTask(running);
    await parts.client.cancelTask(waiting);
    await worker.refuse(
      { taskId: running, stepNo: 0, attempt: 1 },
      { error: { ...JSON.parse('{}'), message: 'late', context: {} } },
    );
    const outcomes = async (id: string) =>
      (await parts.client.getStep(id, 'only', { include: ['attempts'] })).attemptHistory!.map(({ outcome }) => outcome);
    expect(await outcomes(running)).toEqual(['cancelled', 'refused']);
    expect(await outcomes(waiting)).toEqual(['failed']);
  });

  it('calls the attempt of a worker that died worker_lost', async () => {
    const taskId = await single();
    await worker.claim();
    await parts.rows(`update tasker.worker set seen_at = now() - interval '1 hour' where id = $1`, [worker.id]);
    await parts.database.call('rescue_workers', [1, 3, 'gone']);
    const { attemptHistory } = await parts.client.getStep(taskId, 'only', { include: ['attempts'] });
    expect(attemptHistory).toMatchObject([{ attempt: 1, outcome: 'worker_lost', error: { errorCode: 'WORKER_LOST' } }]);
  });
});

describe('a step', () => {
  it('is found by name and by id, and suggested where the name is nearly right', async () => {
    const { taskId } = await parts.client.createTask(request());
    const b = await parts.client.getStep(taskId, 'b');
    expect(await parts.client.getStep(taskId.toUpperCase(), b.stepId)).toEqual(b);
    expect(b).toMatchObject({ dependsOn: ['a'], dependents: ['d'], status: 'pending', worker: null });
    await expect(parts.client.getStep(taskId, 'bb')).rejects.toMatchObject({ code: 'step_not_found' });
    await expect(parts.client.getStep(taskId, taskId)).rejects.toMatchObject({ code: 'step_not_found' });
    expect((await parts.client.getSteps(taskId)).map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('says when its next attempt may start', async () => {
    const taskId = await single();
    const [first] = await worker.claim();
    await worker.fail(first!, 60_000);
    const waiting = await parts.client.getTask(taskId, { include: ['steps'] });
    expect(waiting).toMatchObject({ executionStatus: 'waiting_for_retry', stepCounts: { waiting_for_retry: 1 } });
    const { nextRetryAt, error } = waiting.steps![0]!;
    expect(Math.abs(nextRetryAt!.getTime() - Date.now() - 60_000)).toBeLessThan(10_000);
    expect(error).toMatchObject({ message: 'no', retryable: true });
    await makeDue();
    expect(await parts.client.getTask(taskId)).toMatchObject({ executionStatus: 'has_ready_steps' });
  });

  it('has nothing to wait for once it has failed for good', async () => {
    const taskId = await single();
    const [first] = await worker.claim();
    await worker.fail(first!, null);
    const task = await parts.client.getTask(taskId, { include: ['steps'] });
    expect(task).toMatchObject({
      status: 'error',
      executionStatus: 'blocked_by_failures',
      completedAt: expect.any(Date),
    });
    expect(task.steps![0]).toMatchObject({ status: 'error', nextRetryAt: null, error: { errorCode: 'E1' } });
  });
});

describe('the transitions of a task', () => {
  it('are in the order in which they happened, a hand-off as two moves', async () => {
    const { taskId } = await parts.client.createTask(request());
    const [a] = await worker.claim();
    const { steps } = await worker.complete(a!, null, 10);
    for (const step of steps) await worker.complete(step, null, 10);
    const list = await parts.client.getTransitions(taskId);
    expect(moves(list.slice(0, 9))).toEqual([
      'task: null > pending',
      'a: pending > ready',
      'task: pending > in_progress',
      'a: ready > in_progress',
      'a: in_progress > complete',
      'b: pending > ready',
      'b: ready > in_progress',
      'c: pending > ready',
      'c: ready > in_progress',
    ]);
    expect(list[6]).toMatchObject({ attempt: 1, cause: 'claimed', worker: 'hand' });
    expect(moves(list.slice(-2))).toEqual(['d: pending > ready', 'd: ready > in_progress']);
  });

  it('say who cancelled and why', async () => {
    const taskId = await single();
    await parts.client.cancelTask(taskId, { reason: 'changed her mind', actor: 'ann' });
    const list = await parts.client.getTransitions(taskId);
    expect(moves(list.slice(-2))).toEqual(['only: ready > cancelled', 'task: pending > cancelled']);
    expect(list.at(-1)).toMatchObject({ cause: 'cancelled', actor: 'ann', reason: 'changed her mind', worker: null });
  });
});

describe('getTask', () => {
  it.each(['nothing', '', '01a1f8ed-9795-7444-a958-413a8d4e28d1', "'; drop table task", '\u0000'])(
    'does not find %p',
    (id) => expect(parts.client.getTask(id)).rejects.toMatchObject({ code: 'task_not_found' }),
  );

  it('finds by an id in capital letters', async () => {
    const taskId = await single();
    expect((await parts.client.getTask(taskId.toUpperCase())).taskId).toBe(taskId);
  });

  it('refuses to include what it does not know', async () => {
    const bad = parts.client.getTask(await single(), { include: ['step' as never] });
    await expect(bad).rejects.toMatchObject({ code: 'request_invalid', message: expect.stringContaining('"steps"') });
  });

  it('answers parts of one moment while the task goes on', async () => {
    const { taskId } = await parts.client.createTask(request());
    const reads: Promise<boolean>[] = [];
    const isWhole = async (): Promise<boolean> => {
      const { stepCounts, steps } = await parts.client.getTask(taskId, { include: ['steps'] });
      return Object.entries(stepCounts).every(
        ([state, n]) => steps!.filter(({ status }) => status === state).length === n,
      );
    };
    const running = worker.runAll();
    for (let n = 0; n < 20; n++) reads.push(isWhole());
    expect(await Promise.all(reads)).toEqual(reads.map(() => true));
    await running;
  });
});
