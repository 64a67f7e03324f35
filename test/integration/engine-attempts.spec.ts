import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { PermanentError, RetryableError, type StepContext } from '../../src/index.js';
import { engines, eventually, graph, single, SOON, type Engine, type Process } from '../support/engine.js';

const { start } = engines();

/** A handler that fails in its first attempts, and what it was told in each. */
function failing(times: number, error: (attempt: number) => unknown = () => new Error('not yet')) {
  const seen: StepContext['step'][] = [];
  const process: Process = ({ step }) => {
    seen.push(step);
    if (seen.length <= times) throw error(step.attempt);
    return { attempt: step.attempt };
  };
  return { process, seen };
}

describe('a step that fails', () => {
  it('completes its task on the third attempt with no nudge, and completed steps keep their one attempt', async () => {
    const { process } = failing(2);
    const engine = await start({
      templates: [graph('order', { before: [], flaky: ['before'], beside: ['before'], after: ['flaky', 'beside'] })],
      handlers: { before: () => 1, flaky: process, beside: () => 2, after: () => 3 },
    });

    const task = await engine.run('order');

    expect(task.status).toBe('complete');
    expect(task.attempts).toEqual({ before: 1, flaky: 3, beside: 1, after: 1 });
    expect(task.outcomes('flaky')).toEqual(['failed', 'failed', 'succeeded']);
    expect(task.step('flaky').error).toBeNull();
    expect(task.step('flaky').results).toEqual({ attempt: 3 });
    const errors = task.step('flaky').attemptHistory!.map(({ error }) => error?.message);
    expect(errors).toEqual(['not yet', 'not yet', undefined]);
  });

  it('is tried as often as retry_limit says, the first attempt included', async () => {
    const { process, seen } = failing(Infinity);
    const engine = await start({
      templates: [single('work', { default_retry_limit: 4 })],
      handlers: { work: process },
    });

    const task = await engine.run('work');

    expect(task.statuses).toEqual({ only: 'error' });
    expect(task.status).toBe('error');
    expect(seen).toHaveLength(4);
    expect(task.outcomes('only')).toEqual(['failed', 'failed', 'failed', 'failed']);
    expect(task.step('only').error).toMatchObject({ message: 'not yet', attempt: 4, retryable: true });
  });

  it('runs once where it is not retryable', async () => {
    const { process, seen } = failing(Infinity);
    const templates = [single('work', { default_retryable: false, default_retry_limit: 5 })];
    const engine = await start({ templates, handlers: { work: process } });

    const task = await engine.run('work');

    expect(task.status).toBe('error');
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ attempt: 1, retryLimit: 1, isLastAttempt: true });
  });

  it('succeeds where it is not retryable and its one attempt does', async () => {
    const engine = await start({
      templates: [single('work', { default_retryable: false })],
      handlers: { work: () => 'done' },
    });

    expect((await engine.run('work')).statuses).toEqual({ only: 'complete' });
  });

  it('is told how many attempts it has had, which is its last, and what the one before failed with', async () => {
    const { process, seen } = failing(
      2,
      (attempt) => new RetryableError(`no ${attempt}`, { errorCode: 'E', context: { attempt } }),
    );
    const engine = await start({
      templates: [single('work', { default_retry_limit: 3 })],
      handlers: { work: process },
    });

    const task = await engine.run('work');

    expect(seen.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(seen.map(({ retryLimit }) => retryLimit)).toEqual([3, 3, 3]);
    expect(seen.map(({ isLastAttempt }) => isLastAttempt)).toEqual([false, false, true]);
    expect(seen.map(({ previousError }) => previousError?.message)).toEqual([undefined, 'no 1', 'no 2']);
    expect(seen[2]!.previousError).toMatchObject({
      errorClass: 'RetryableError',
      errorCode: 'E',
      context: { attempt: 2 },
      attempt: 2,
      retryable: true,
    });
    expect(seen.map(({ stepId }) => stepId)).toEqual(Array(3).fill(task.step('only').stepId));
  });

  it('has one idempotency key over all of its attempts, and no other step has it', async () => {
    const keys: Record<string, string[]> = { a: [], b: [] };
    const keep: Process = ({ step }) => {
      keys[step.name]!.push(step.idempotencyKey);
      if (keys[step.name]!.length < 3) throw new Error('again');
    };
    const engine = await start({
      templates: [graph('two', { a: [], b: [] }, { handler: 'keep' })],
      handlers: { keep },
    });

    await engine.run('two');
    await engine.run('two');

    expect(keys.a).toHaveLength(4);
    expect(new Set(keys.a!.slice(0, 3)).size).toBe(1);
    expect(new Set([...keys.a!, ...keys.b!]).size).toBe(4);
  });
});

describe('the kind of an error', () => {
  const { start } = engines('afterAll');
  let engine: Engine;
  let process: Process;

  beforeAll(async () => {
    engine = await start({
      templates: [single('work', { default_retry_limit: 2 })],
      handlers: { work: (context) => process(context) },
    });
  });

  it.each([
    ['PermanentError', () => new PermanentError('no'), 1],
    ['TypeError', () => new TypeError('no'), 1],
    ['ReferenceError', () => new ReferenceError('no'), 1],
    ['SyntaxError', () => new SyntaxError('no'), 1],
    ['RangeError', () => new RangeError('no'), 1],
    ['RetryableError', () => new RetryableError('no'), 2],
    ['Error', () => new Error('no'), 2],
    ['an error marked as not retryable', () => Object.assign(new Error('no'), { retryable: false }), 1],
    ['a TypeError marked as retryable', () => Object.assign(new TypeError('no'), { retryable: true }), 2],
    [
      'the TypeError by which fetch tells of a network that failed',
      () => new TypeError('fetch failed', { cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }) }),
      2,
    ],
  ])('%s is followed by as many attempts as it says', async (_kind, error, attempts) => {
    const handler = failing(Infinity, error);
    process = handler.process;

    const task = await engine.run('work');

    expect(task.status).toBe('error');
    expect(handler.seen).toHaveLength(attempts);
    expect(task.step('only').error!.retryable).toBe(attempts > 1);
  });

  it('is taken from a subclass, which is stored by its name', async () => {
    class CardDeclined extends PermanentError {}
    process = () => {
      throw new CardDeclined('51', { errorCode: 'DECLINED', errorCategory: 'payment', context: { card: 4 } });
    };

    const error = (await engine.run('work')).step('only').error!;

    expect(error).toMatchObject({
      message: '51',
      errorClass: 'CardDeclined',
      errorCode: 'DECLINED',
      errorCategory: 'payment',
      context: { card: 4 },
      attempt: 1,
      retryable: false,
    });
    expect(error.stack).toContain('engine-attempts.spec');
  });

  it('is what the rejected promise of an asynchronous handler says', async () => {
    process = () => Promise.reject(new PermanentError('later'));

    expect((await engine.run('work')).step('only').error).toMatchObject({ message: 'later', retryable: false });
  });

  it('of a real fetch that finds nobody is retryable', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const nobody = (server.address() as AddressInfo).port;
    server.close();
    process = () => fetch(`http://127.0.0.1:${nobody}/`);

    const task = await engine.run('work');

    expect(task.attempts).toEqual({ only: 2 });
    expect(task.step('only').error).toMatchObject({
      message: expect.stringMatching(/fetch|bad port/),
      retryable: true,
    });
  });
});

describe('the delay before the next attempt', () => {
  const waitFor = async (step: object, error: unknown, options: object = {}) => {
    const engine = await start({
      templates: [single('work', step)],
      handlers: {
        work: () => {
          throw error;
        },
      },
      ...options,
    });
    const { taskId } = await engine.create('work');
    await eventually('the first attempt has failed', () => engine.eventsOf(taskId).includes('step.retry_scheduled'));
    const step_ = (await engine.look(taskId)).step('only');
    const [{ at }] = (await engine.sql(`select at from transition where cause = 'failed'`)) as [{ at: Date }];
    const event = engine.events.find((one) => one.event === 'step.retry_scheduled')!;
    return { step: step_, seconds: (step_.nextRetryAt!.getTime() - at.getTime()) / 1000, event, engine, taskId };
  };

  it('is stored as next_retry_at, to the millisecond, and told in the event', async () => {
    const backoff = { kind: 'fixed', initial_delay: 41.237, max_delay: 60, jitter: 0 } as const;

    const { step, seconds, event, engine } = await waitFor({ retry_backoff: backoff }, new Error('no'));

    expect(step.status).toBe('waiting_for_retry');
    expect(seconds).toBeCloseTo(41.237, 2);
    expect(event.next_retry_at).toBe(step.nextRetryAt!.toISOString());
    const [row] = await engine.sql('select due_at, ready_at from step');
    expect(row).toEqual({ due_at: step.nextRetryAt, ready_at: null });
  });

  it('is within the jitter of the default backoff', async () => {
    const { seconds } = await waitFor({ retry_backoff: 'exponential' }, new Error('no'));

    expect(seconds).toBeGreaterThanOrEqual(0.9);
    expect(seconds).toBeLessThanOrEqual(1.1);
  });

  it('is what retryAfter says in seconds, beyond the cap of thirty', async () => {
    const { seconds } = await waitFor({ retry_backoff: SOON }, new RetryableError('busy', { retryAfter: 1800 }));

    expect(seconds).toBeCloseTo(1800, 2);
  });

  it('is what retryAfter says as an HTTP date', async () => {
    const at = new Date(Date.now() + 600_000);
    const error = new RetryableError('busy', { retryAfter: at.toUTCString() });

    const { step } = await waitFor({ retry_backoff: SOON }, error);

    expect(Math.abs(step.nextRetryAt!.getTime() - at.getTime())).toBeLessThan(2_000);
  });

  it('is not longer than retryAfterCapMs, whatever retryAfter says', async () => {
    const error = new RetryableError('busy', { retryAfter: 1e9 });

    const { seconds } = await waitFor({ retry_backoff: SOON }, error, { worker: { retryAfterCapMs: 7_000 } });

    expect(seconds).toBeCloseTo(7, 2);
  });

  it('is an hour at most by default', async () => {
    const { seconds } = await waitFor({}, new RetryableError('busy', { retryAfter: '99999999999999999999' }));

    expect(seconds).toBeCloseTo(3600, 2);
  });

  it('is followed of an error of any class that carries retryAfter', async () => {
    const { seconds } = await waitFor(
      {},
      Object.assign(new Error('busy'), { retryAfter: new Date(Date.now() + 90_000) }),
    );

    expect(seconds).toBeGreaterThan(85);
    expect(seconds).toBeLessThan(91);
  });

  it('of days is no standstill: the task stays in progress and nothing touches the step', async () => {
    const options = { worker: { retryAfterCapMs: 2_147_483_647, silentMs: 400, heartbeatMs: 100 } };
    const { engine, taskId, step } = await waitFor(
      {},
      new RetryableError('come back', { retryAfter: 864_000 }),
      options,
    );
    const [before] = await engine.sql('select xmin, ctid from step');

    // several sweeps of the rescuer
    const beats = async () =>
      Number(
        (
          await engine.sql('select pg_stat_get_tuples_updated(oid) as n from pg_class where relname = $1', ['worker'])
        )[0]!.n,
      );
    const from = await beats();
    await eventually('the worker has beaten ten times', async () => (await beats()) > from + 10);

    expect((await engine.sql('select xmin, ctid from step'))[0]).toEqual(before);
    const task = await engine.look(taskId);
    expect(task.view).toMatchObject({ status: 'in_progress', executionStatus: 'waiting_for_retry' });
    expect(task.step('only').nextRetryAt).toEqual(step.nextRetryAt);
  });
});
