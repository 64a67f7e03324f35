import { RetryableError, type TemplateDefinition } from '../../src/index.js';
import {
  failTimes,
  succeedWith,
  TaskerTestingModule,
  timeoutTimes,
  type TaskerTesting,
} from '../../src/testing/index.js';

const REQUEST = { context: {}, initiator: 'test', reason: 'test', sourceSystem: 'test' };
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Exact waits, in seconds. */
const fixed = (seconds: number) => ({ kind: 'fixed', initial_delay: seconds, max_delay: seconds, jitter: 0 }) as const;
const single = (
  name: string,
  step: Partial<TemplateDefinition['step_templates'][number]> = {},
  template: Partial<TemplateDefinition> = {},
): TemplateDefinition => ({ name, step_templates: [{ name, handler_class: name, ...step }], ...template });

describe('virtual time', () => {
  let tasker: TaskerTesting;

  beforeAll(async () => {
    tasker = await TaskerTestingModule.create({
      worker: { retryAfterCapMs: 4 * HOUR },
      templates: [
        single('patient', { retry_backoff: fixed(2 * 3600), default_retry_limit: 3 }),
        single('asked_to_wait', { default_retry_limit: 2 }),
        single('hanging', { timeout_seconds: 3600, retry_backoff: fixed(60) }),
        single('long', { default_retry_limit: 1000, retry_backoff: fixed(3600) }, { max_duration_seconds: 36_000 }),
        single('growing', {
          default_retry_limit: 6,
          retry_backoff: { kind: 'exponential', initial_delay: 1800, multiplier: 3, max_delay: 21_600, jitter: 0 },
        }),
        single('stuck', { retry_backoff: fixed(3600) }),
        single('plain'),
      ],
      mockHandlers: {
        patient: failTimes(2),
        asked_to_wait: failTimes(1, new RetryableError('later', { retryAfter: 2 * 3600 })),
        hanging: timeoutTimes(1),
        long: failTimes(Infinity),
        growing: failTimes(5),
        stuck: succeedWith(null),
        plain: succeedWith({ done: true }),
      },
    });
  });
  afterAll(() => tasker.close());
  beforeEach(() => tasker.cleanup());

  it('lets backoffs of hours pass at once, and shows them as if they had passed', async () => {
    const begun = Date.now();
    const task = await tasker.runTask({ name: 'patient' });
    expect(Date.now() - begun).toBeLessThan(2_000);
    expect(task.status).toBe('complete');
    const history = task.step('patient').attemptHistory!;
    expect(history.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'succeeded']);
    const [first, second, third] = history.map(({ startedAt }) => startedAt!.getTime());
    expect(second! - first!).toBeGreaterThanOrEqual(2 * HOUR);
    expect(third! - second!).toBeGreaterThanOrEqual(2 * HOUR);
    expect(third! - second!).toBeLessThan(2 * HOUR + 5_000);
    expect(task.completedAt!.getTime() - task.createdAt.getTime()).toBeGreaterThanOrEqual(4 * HOUR);
    expect(tasker.time.now().getTime() - Date.now()).toBeGreaterThan(4 * HOUR - 2_000);
  });

  it('stores when the next attempt is due, by the time that the database has', async () => {
    const { taskId } = await tasker.client.createTask({ ...REQUEST, name: 'patient' });
    const retry = await tasker.events.next('step.retry_scheduled', { task_id: taskId });
    const { steps } = await tasker.look(taskId);
    const failedAt = steps[0]!.attemptHistory![0]!.completedAt!.getTime();
    expect(steps[0]).toMatchObject({ status: 'waiting_for_retry', nextRetryAt: new Date(failedAt + 2 * HOUR) });
    expect(retry.next_retry_at).toBe(new Date(failedAt + 2 * HOUR).toISOString());
    expect(Math.abs(failedAt - tasker.time.now().getTime())).toBeLessThan(1_000);

    await tasker.time.advance('1h');
    expect((await tasker.look(taskId)).steps[0]).toMatchObject({ status: 'waiting_for_retry', attempts: 1 });
    await tasker.time.advance(HOUR);
    expect((await tasker.look(taskId)).steps[0]).toMatchObject({ status: 'waiting_for_retry', attempts: 2 });
    await tasker.time.advance('1d');
    expect(await tasker.look(taskId)).toMatchObject({ status: 'complete', attempts: { patient: 3 } });
  });

  it('waits as long as a service asks for, and tells events the time at which they happened', async () => {
    const task = await tasker.runTask({ name: 'asked_to_wait' });
    const [first, second] = task.step('asked_to_wait').attemptHistory!;
    const waited = second!.startedAt!.getTime() - first!.completedAt!.getTime();
    expect(waited).toBeGreaterThanOrEqual(2 * HOUR);
    expect(waited).toBeLessThan(2 * HOUR + 5_000);
    const [completed] = tasker.events.of('task.completed');
    expect(completed!.execution_duration).toBeGreaterThanOrEqual(2 * 3600);
    expect(Math.abs(Date.parse(completed!.timestamp) - task.completedAt!.getTime())).toBeLessThan(1_000);
  });

  it('waits between attempts as long as the policy says, to the millisecond that they are due', async () => {
    const history = (await tasker.runTask({ name: 'growing' })).step('growing').attemptHistory!;
    const waits = history.slice(1).map(({ startedAt }, n) => startedAt!.getTime() - history[n]!.completedAt!.getTime());
    const hours = [0.5, 1.5, 4.5, 6, 6];
    waits.forEach((wait, n) => expect(wait).toBeGreaterThanOrEqual(hours[n]! * HOUR));
    waits.forEach((wait, n) => expect(wait).toBeLessThan(hours[n]! * HOUR + 5_000));
  });

  it('lets an attempt that waits for its signal run into its timeout at once', async () => {
    const task = await tasker.runTask({ name: 'hanging' });
    expect(task.status).toBe('complete');
    const [first, second] = task.step('hanging').attemptHistory!;
    expect([first!.outcome, second!.outcome]).toEqual(['timed_out', 'succeeded']);
    const ran = first!.completedAt!.getTime() - first!.startedAt!.getTime();
    expect(ran).toBeGreaterThanOrEqual(HOUR);
    expect(ran).toBeLessThan(HOUR + 5_000);
    const [timedOut] = tasker.events.of('step.timed_out');
    expect(timedOut!.execution_duration).toBeGreaterThanOrEqual(3600);
    expect(timedOut!.execution_duration).toBeLessThan(3605);
  });

  it('moves a test on that has a handler wait for something else', async () => {
    let abort: unknown;
    tasker.mocks.set({
      stuck: async ({ signal }) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        throw (abort = signal.reason);
      },
    });
    const { taskId } = await tasker.client.createTask({ ...REQUEST, name: 'stuck' });
    await tasker.events.next('step.started');
    await tasker.time.advance('299s');
    expect(abort).toBeUndefined();
    await tasker.time.advance('2s');
    expect(abort).toMatchObject({ errorCode: 'STEP_TIMEOUT' });
    tasker.mocks.set({ stuck: succeedWith(null) });
    expect((await tasker.finished(taskId)).step('stuck').attemptHistory).toMatchObject([
      { outcome: 'timed_out' },
      { outcome: 'succeeded' },
    ]);
  });

  it('ends a task at its max_duration_seconds, after all attempts that are due before', async () => {
    const task = await tasker.runTask({ name: 'long' });
    expect(task.status).toBe('error');
    expect(task.attempts).toEqual({ long: 10 });
    const lasted = task.completedAt!.getTime() - task.startedAt!.getTime();
    expect(lasted).toBeGreaterThanOrEqual(10 * HOUR);
    expect(lasted).toBeLessThan(10 * HOUR + 5_000);
  });

  it('starts a task tomorrow that is to run tomorrow, today', async () => {
    const runAt = new Date(tasker.time.now().getTime() + DAY);
    const { status, startedAt } = await tasker.runTask({ name: 'plain', runAt });
    expect(status).toBe('complete');
    expect(startedAt!.getTime()).toBeGreaterThanOrEqual(runAt.getTime());
    expect(startedAt!.getTime()).toBeLessThan(runAt.getTime() + 5_000);
  });

  it('does what is due in the order in which it is due, for all tasks', async () => {
    const order: string[] = [];
    tasker.mocks.set({ plain: ({ task }) => void order.push(task.context.name as string) });
    const at = (hours: number): Date => new Date(tasker.time.now().getTime() + hours * HOUR);
    await Promise.all(
      [3, 1, 2].map((hours) => tasker.runTask({ name: 'plain', context: { name: `in ${hours}` }, runAt: at(hours) })),
    );
    expect(order).toEqual(['in 1', 'in 2', 'in 3']);
  });

  it('says what a task waits for that does not come to rest', async () => {
    tasker.mocks.set({ plain: () => new Promise(() => undefined) });
    await expect(tasker.runTask({ name: 'plain' }, { timeoutMs: 200 })).rejects.toThrow(
      /Task default\.plain@0\.1\.0 is in_progress after 200 ms[^]*plain: in_progress \(attempt 1\)[^]*time\.advance/,
    );
  });

  it.each(['2 fortnights', '', -1, NaN, 'h'])('refuses to let %p pass', async (duration) => {
    await expect(tasker.time.advance(duration)).rejects.toThrow(/is no duration: give milliseconds/);
  });
});

describe('two workers', () => {
  it('live on by one time, and share what falls due', async () => {
    const template = single('shared', { retry_backoff: fixed(86_400), default_retry_limit: 3, timeout_seconds: 3600 });
    const options = { templates: [template], worker: { heartbeatMs: 100, silentMs: 1_000 } };
    const workers: TaskerTesting[] = [];
    try {
      for (const name of ['one', 'two']) {
        workers.push(
          await TaskerTestingModule.create({
            ...options,
            worker: { ...options.worker, name, slots: 2 },
            mockHandlers: { shared: failTimes(2) },
            beside: workers[0],
          }),
        );
      }
      const tasks = await Promise.all(Array.from({ length: 12 }, () => workers[0]!.runTask({ name: 'shared' })));
      for (const task of tasks) {
        const history = task.step('shared').attemptHistory!;
        expect(history.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'succeeded']);
        expect(history[2]!.startedAt!.getTime() - history[0]!.startedAt!.getTime()).toBeGreaterThanOrEqual(2 * DAY);
      }
      const ran = new Set(tasks.flatMap(({ steps }) => steps[0]!.attemptHistory!.map(({ worker }) => worker)));
      expect([...ran].sort()).toEqual(['one', 'two']);
      const lost = workers.flatMap(({ events }) => events.of('step.worker_lost'));
      expect(lost).toEqual([]);
    } finally {
      await Promise.all(workers.map((worker) => worker.close()));
    }
  });
});
