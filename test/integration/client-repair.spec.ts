import { HandWorker, request, startClient } from '../support/client-parts.js';

let parts: Awaited<ReturnType<typeof startClient>>;
let worker: HandWorker;
beforeAll(async () => {
  parts = await startClient();
  worker = await HandWorker.start(parts.database);
});
afterAll(() => parts.end());
// nothing is left to the worker of the next test
afterEach(() => parts.rows('truncate tasker.step, tasker.task, tasker.transition'));

const BY = { reason: 'why', actor: 'ann' };

const create = async (name = 'diamond'): Promise<string> => {
  const shop = name === 'diamond' ? {} : { namespace: undefined };
  return (await parts.client.createTask({ ...request(), ...shop, name })).taskId;
};
/** A task whose first step has failed for good. */
const failed = async (name?: string): Promise<string> => {
  const taskId = await create(name);
  const claims = await worker.claim();
  await worker.fail(
    claims.find((claim) => claim.taskId === taskId)!,
    null,
  );
  return taskId;
};
const statuses = async (taskId: string): Promise<string[]> =>
  (await parts.client.getSteps(taskId)).map(({ status }) => status);

describe('a step of a task', () => {
  it('is retried, resolved, completed, skipped, cancelled and updated, and answered as it is then', async () => {
    const { client } = parts;
    const retry = { ...BY, retryLimit: 9, inputs: { x: 1 } };
    expect(await client.retryStep(await failed(), 'a', retry)).toMatchObject({
      status: 'ready',
      retryLimit: 9,
      inputs: { x: 1 },
    });
    const resolved = { status: 'resolved_manually', results: null };
    expect(await client.resolveStep(await failed(), 'a', BY)).toMatchObject(resolved);
    expect(await client.resolveStep(await failed(), 'a', { ...BY, results: [1] })).toMatchObject({ results: [1] });
    const complete = { status: 'complete', results: 'x' };
    expect(await client.completeStep(await failed(), 'a', { ...BY, results: 'x' })).toMatchObject(complete);
    expect(await client.skipStep(await create(), 'd', BY)).toMatchObject({ status: 'skipped' });
    expect(await client.cancelStep(await create(), 'b')).toMatchObject({ status: 'cancelled' });
    const updated = await client.updateStep(await create(), 'b', { ...BY, retryLimit: 1 });
    expect(updated).toMatchObject({ status: 'pending', retryLimit: 1 });
  });

  it('is found by its id, and not found by what is none of its task', async () => {
    const taskId = await failed();
    const { stepId } = await parts.client.getStep(taskId, 'a');
    await expect(parts.client.skipStep(taskId, 'aa', BY)).rejects.toMatchObject({
      code: 'step_not_found',
      message: expect.stringContaining('Did you mean "a"?'),
    });
    await expect(parts.client.skipStep('x', 'a', BY)).rejects.toMatchObject({ code: 'task_not_found' });
    expect((await parts.client.skipStep(taskId, stepId, BY)).status).toBe('skipped');
  });

  it('of a template that it is not retryable in gets one attempt at a time', async () => {
    const once = { name: 'once', step_templates: [{ name: 'only', handler_class: 'Work', default_retryable: false }] };
    const own = await startClient([once]);
    try {
      const { taskId } = await own.client.createTask({ ...request(), namespace: undefined, name: 'once' });
      const retry = own.client.retryStep(taskId, 'only', { ...BY, retryLimit: 2 });
      await expect(retry).rejects.toMatchObject({ code: 'request_invalid', findings: [{ path: 'retryLimit' }] });
    } finally {
      await own.end();
    }
  });

  it('takes no results that are larger than those of a handler may be', async () => {
    const complete = parts.client.completeStep(await failed(), 'a', { ...BY, results: 'x'.repeat(1_000) });
    await expect(complete).rejects.toMatchObject({
      code: 'request_invalid',
      findings: [{ path: 'results', message: 'is 1002 bytes of JSON; at most 1000 are stored' }],
    });
  });

  it('keeps the story of what was done to it in order, whatever ran beside it', async () => {
    const taskId = await create();
    const [a] = await worker.claim();
    await parts.client.skipStep(taskId, 'd', BY);
    await parts.client.updateStep(taskId, 'b', { ...BY, inputs: {} });
    await worker.complete(a!);
    const told = (await parts.client.getTransitions(taskId)).map(({ step, cause }) => `${step} ${cause}`);
    expect(told).toEqual([
      'null created',
      'a ready',
      'null started',
      'a claimed',
      'd skipped',
      'b updated',
      'a succeeded',
      'b ready',
      'c ready',
    ]);
  });
});

describe('a task', () => {
  it('is retried, resolved, paused, resumed and updated, and answered as it is then', async () => {
    const { client } = parts;
    expect(await client.retryTask(await failed(), { ...BY, retryLimit: 4 })).toMatchObject({ status: 'in_progress' });
    expect(await client.resolveTask(await failed())).toMatchObject({ status: 'resolved_manually' });
    const taskId = await create();
    expect(await client.pauseTask(taskId)).toMatchObject({ status: 'pending', pausedAt: expect.any(Date) });
    expect(await client.resumeTask(taskId)).toMatchObject({ status: 'pending', pausedAt: null });
    const changes = { tags: ['x'], reason: 'other', priority: -3 };
    expect(await client.updateTask(taskId, changes)).toMatchObject({ ...changes, context: { cart_id: 7 } });
  });

  it('that is revived has waiters again, who are told of its second end', async () => {
    const taskId = await failed('single');
    expect((await parts.client.waitFor(taskId)).status).toBe('error');
    await parts.client.retryTask(taskId);
    const waiting = parts.client.waitFor(taskId);
    const [only] = await worker.claim();
    await worker.complete(only!, 'by worker');
    expect(await waiting).toMatchObject({ status: 'complete', steps: [{ results: 'by worker' }] });
  });

  it('that is settled by a verb is told to who waits for it', async () => {
    const taskId = await create('single');
    const waiting = parts.client.waitFor(taskId);
    await parts.client.skipStep(taskId, 'only', BY);
    expect(await waiting).toMatchObject({ status: 'complete' });
  });
});

describe('what is refused', () => {
  it.each([
    ['no results', { reason: 'x' }, ['results']],
    ['null for results', { reason: 'x', results: null }, ['results']],
    ['results that are no JSON', { reason: 'x', results: new Map() }, ['results']],
    ['texts that cannot be kept', { reason: 'a\u0000', actor: 'x'.repeat(256), results: 1 }, ['reason', 'actor']],
    ['options that there are not', { reason: 'x', results: 1, retryLimit: 2, force: true }, ['retryLimit', 'force']],
  ])('says everything that is wrong: %s', async (_what, options, paths) => {
    const taskId = await failed();
    const refused = parts.client.completeStep(taskId, 'a', options as never);
    await expect(refused).rejects.toMatchObject({ code: 'request_invalid', findings: paths.map((path) => ({ path })) });
    expect(await statuses(taskId)).toEqual(['error', 'pending', 'pending', 'pending']);
  });

  it('is a limit that is none, and inputs that are no object', async () => {
    const retry = parts.client.retryStep(await failed(), 'a', { ...BY, retryLimit: 0, inputs: [] as never });
    await expect(retry).rejects.toMatchObject({ findings: [{ path: 'retryLimit' }, { path: 'inputs' }] });
  });

  it('is a change of nothing', async () => {
    const taskId = await failed();
    await expect(parts.client.updateTask(taskId, {})).rejects.toMatchObject({ code: 'request_invalid' });
    await expect(parts.client.updateStep(taskId, 'a', BY)).rejects.toMatchObject({ code: 'request_invalid' });
    await expect(parts.client.retryTask(taskId)).resolves.toMatchObject({ taskId });
    await expect(parts.client.skipStep(taskId, 'd')).resolves.toMatchObject({ status: 'skipped' });
  });

  it('tells the state, what is allowed in it, and in which it would be', async () => {
    const taskId = await failed();
    await expect(parts.client.retryStep(taskId, 'b', BY)).rejects.toMatchObject({
      code: 'illegal_transition',
      message:
        'Step "b" is pending and cannot be retried: it can be skipped or cancelled. ' +
        'Only a step that is waiting_for_retry or error can be retried.',
      findings: [{ path: 'status', message: 'is pending; allowed: skip, cancel' }],
    });
    await parts.client.resolveTask(taskId);
    await expect(parts.client.retryTask(taskId)).rejects.toMatchObject({
      message: expect.stringMatching(/is resolved_manually and cannot be retried: it does not change any more\. Only/),
    });
  });

  it('is met again after a deadlock with a worker', async () => {
    const call = jest.spyOn(parts.database, 'call');
    const taskId = await failed();
    const deadlock = Object.assign(new Error('deadlock detected'), { code: '40P01' });
    call.mockRejectedValueOnce(deadlock).mockRejectedValueOnce(deadlock);
    expect((await parts.client.retryTask(taskId)).status).toBe('in_progress');
    call.mockRestore();
  });
});

describe('many at once', () => {
  it('are each answered in their place, whatever becomes of the others', async () => {
    const ids = [await failed(), 'x', await create('single'), await failed()];
    const answers = await parts.client.actOnTasks(ids, { action: 'resolve', reason: 'all' });
    expect(answers.map((answer) => ('task' in answer ? answer.task.status : answer.error.code))).toEqual([
      'resolved_manually',
      'task_not_found',
      'illegal_transition',
      'resolved_manually',
    ]);
  });

  it('may be the steps of tasks', async () => {
    const steps = [
      { taskId: await failed(), step: 'a' },
      { taskId: await failed(), step: 'z' },
    ];
    const answers = await parts.client.actOnSteps(steps, { action: 'complete', ...BY, results: 5 });
    expect(answers).toEqual([
      { step: expect.objectContaining({ status: 'complete', results: 5 }) },
      { error: expect.objectContaining({ code: 'step_not_found' }) },
    ]);
  });

  it('are a thousand at most, and are refused as a whole for what none could be given', async () => {
    const { client } = parts;
    const tooMany = client.actOnTasks(Array(1_001).fill('x') as string[], { action: 'pause' });
    await expect(tooMany).rejects.toMatchObject({ code: 'request_invalid', findings: [{ path: 'taskIds' }] });
    await expect(client.actOnTasks([], { action: 'skip' as never })).rejects.toMatchObject({
      findings: [{ path: 'action' }],
    });
    await expect(client.actOnTasks(['x'], { action: 'pause', tags: [] } as never)).rejects.toMatchObject({
      findings: [{ path: 'tags' }],
    });
  });

  it('of a thousand take seconds, not minutes', async () => {
    const { client } = parts;
    const created = await client.createTasks(
      Array.from({ length: 1_000 }, () => ({ ...request(), namespace: undefined, name: 'single' })),
    );
    const ids = created.map((one) => ('task' in one ? one.task.taskId : ''));
    const answers = await client.actOnTasks(ids, { action: 'pause' });
    expect(answers.every((answer) => 'task' in answer && answer.task.pausedAt !== null)).toBe(true);
    expect(await worker.claim()).toEqual([]);
  }, 30_000);
});

describe('hints', () => {
  const told: string[] = [];
  const listen = (): (() => void) => {
    told.length = 0;
    const stops = (['ready', 'stop', 'settled', 'changed'] as const).map((signal) =>
      parts.notifications.on(signal, () => void told.push(signal)),
    );
    return () => stops.forEach((stop) => stop());
  };

  it.each([
    ['of a retry: steps may be claimable', (id: string) => parts.client.retryTask(id), ['ready']],
    ['of the end that a verb brings', (id: string) => parts.client.cancelStep(id, 'a'), ['settled']],
    ['of a change of the task', (id: string) => parts.client.updateTask(id, { tags: ['x'] }), ['changed']],
    ['of nothing, where nothing changes', (id: string) => parts.client.updateTask(id, { priority: 0 }), []],
  ])('%s', async (_what, act, expected) => {
    const taskId = await failed();
    const stop = listen();
    await act(taskId);
    stop();
    expect(told).toEqual(expected);
  });

  it('of a step that ran: its attempt has to stop', async () => {
    const taskId = await create('single');
    await worker.claim();
    const stop = listen();
    await parts.client.completeStep(taskId, 'only', { ...BY, results: 1 });
    stop();
    expect(told).toEqual(['stop', 'settled']);
  });
});

describe('events', () => {
  const heard = async (act: () => Promise<unknown>): Promise<Record<string, unknown>[]> => {
    const events: Record<string, unknown>[] = [];
    const stop = parts.events.on('*', (event) => void events.push(event as never));
    await act();
    stop();
    return events;
  };
  const names = (events: Record<string, unknown>[]): unknown[] => events.map(({ event }) => event);

  it('tell once of what a verb did to a step, to its dependents and to its task', async () => {
    const taskId = await failed();
    expect(names(await heard(() => parts.client.cancelStep(taskId, 'a', BY)))).toEqual([
      'step.cancelled',
      'step.cancelled',
      'step.cancelled',
      'step.cancelled',
      'task.cancelled',
      'workflow.task_finalized',
    ]);
    expect(await heard(() => parts.client.cancelStep(taskId, 'a'))).toEqual([]);
  });

  it('tell who acted, and why', async () => {
    const taskId = await failed('single');
    const [step, revived, completed] = await heard(() =>
      parts.client.resolveStep(taskId, 'only', { ...BY, results: { a: 1 } }),
    );
    expect(step).toMatchObject({ event: 'step.resolved_manually', step_name: 'only', results: { a: 1 }, ...BY });
    expect(revived).toMatchObject({ event: 'task.retry_requested', task_id: taskId, ...BY });
    expect(completed).toMatchObject({ event: 'task.completed', execution_duration: expect.any(Number) });
  });

  it('tell of a step that was completed by hand as of any other', async () => {
    const taskId = await failed('single');
    const [completed] = await heard(() => parts.client.completeStep(taskId, 'only', { ...BY, results: 3 }));
    expect(completed).toMatchObject({
      event: 'step.completed',
      attempt: 1,
      execution_duration: expect.any(Number),
      results: 3,
    });
    expect((completed as { execution_duration: number }).execution_duration).toBeGreaterThan(0);
  });

  it.each([
    ['task.paused', (id: string) => parts.client.pauseTask(id, BY)],
    ['task.resumed', (id: string) => parts.client.resumeTask(id, BY)],
  ])('tell of %s once', async (event, act) => {
    const taskId = await create();
    if (event === 'task.resumed') await parts.client.pauseTask(taskId);
    expect(names(await heard(() => act(taskId)))).toEqual([event]);
  });

  it('tell nothing of what was refused, and nothing of a change of values', async () => {
    const taskId = await create();
    expect(await heard(() => parts.client.retryTask(taskId).catch(() => undefined))).toEqual([]);
    expect(await heard(() => parts.client.updateTask(taskId, { tags: ['x'] }))).toEqual([]);
  });
});
