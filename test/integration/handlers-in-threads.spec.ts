import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Type } from '@nestjs/common';
import { StepHandler, StepHandlerRegistry, type StepHandlerOptions } from '../../src/index.js';
import { engines, eventually, graph, LOG, single, type Engine } from '../support/engine.js';
import { scrape } from '../support/scrape.js';

const MODULE = require.resolve('../support/thread-handlers.cjs');

// eslint-disable-next-line @typescript-eslint/no-require-imports
const load = (module: string): Record<string, Type> => require(module) as Record<string, Type>;
const CLASSES = load(MODULE);

/** The class, as if it had been decorated in its file. */
function isolated(className: string, options: Partial<StepHandlerOptions> = {}, from = CLASSES): Type {
  const type = from[className]!;
  StepHandler({ name: className.toLowerCase(), isolation: 'thread', module: MODULE, ...options })(type as never);
  return type;
}

/** Its handler does not heed that its time is up. */
const STUCK = single('stuck', { handler_class: 'spin', timeout_seconds: 0.3, default_retry_limit: 1 });

const { start, make } = engines();
const worker = { threads: 2 };

describe('a handler with isolation in a thread', () => {
  const shared = engines('afterAll');
  let engine: Engine;
  beforeAll(async () => {
    const once = { default_retry_limit: 1 };
    engine = await shared.start({
      worker,
      templates: [
        graph('chain', { first: [], echo: ['first'] }, { each: { handler_config: { depth: 2, url: '${HOME}' } } }),
        single('decline'),
        single('misuse', once),
        single('spin'),
        single('heed', { ...once, timeout_seconds: 1 }),
        single('announce', once, {
          custom_events: [{ name: 'counted', description: 'It counted' }],
          monitoring: { metrics: [{ name: 'heat', type: 'gauge' }] },
        }),
      ],
      handlers: { first: () => ({ cart: 17 }) },
      providers: ['Echo', 'Decline', 'Misuse', 'Spin', 'Heed', 'Announce'].map((name) => isolated(name)),
    });
  });

  it('runs there, with all that it would find in the process', async () => {
    const task = await engine.run('chain', { context: { items: [1] }, tags: ['a'] });
    const result = task.step('echo').results as Record<string, unknown>;
    expect(result.thread).toBeGreaterThan(0);
    expect(result).toMatchObject({
      processedIn: result.thread,
      initial: null,
      task: { name: 'chain', context: { items: [1] }, tags: ['a'], isDate: true },
      step: { name: 'echo', attempt: 1, isLastAttempt: false, previousError: null },
      config: { depth: 2, url: process.env.HOME },
      results: { first: { cart: 17 } },
      aborted: false,
    });
  });

  it('fails as it would in the process: class, code, category, context and stack', async () => {
    const task = await engine.run('decline');
    expect(task.step('only')).toMatchObject({
      status: 'error',
      attempts: 1,
      error: {
        message: 'no',
        errorClass: 'FraudSuspected',
        errorCode: 'CARD_DECLINED',
        errorCategory: 'payment',
        context: { card: 'visa' },
        retryable: false,
        stack: expect.stringContaining('thread-handlers.cjs'),
      },
    });
  });

  it.each([
    ['results', { errorClass: 'TypeError', message: expect.stringContaining('does not depend on a step "nowhere"') }],
    ['transaction', { errorCode: 'THREAD_NO_TRANSACTION', errorClass: 'PermanentError', retryable: false }],
    ['value', { errorClass: 'object', message: expect.stringContaining('{"reason":"a value"}') }],
    ['function', { errorCode: 'RESULT_NOT_JSON', message: expect.stringContaining('a function'), retryable: false }],
    ['bigint', { errorCode: 'RESULT_NOT_JSON', message: expect.stringContaining('BigInt') }],
    ['exit', { errorCode: 'THREAD_LOST', errorClass: 'RetryableError', retryable: true }],
  ])('fails in words that say why: %s', async (what, error) => {
    const task = await engine.run('misuse', { context: { what } });
    expect(task.step('only').error).toMatchObject(error);
  });

  it('leaves the event loop of the process free while it computes', async () => {
    const { taskId } = await engine.create('spin', { context: { ms: 1_500 } });
    let last = performance.now();
    let longestMs = 0;
    const turning = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - last);
      last = performance.now();
    }, 5);
    const task = await engine.finished(taskId);
    clearInterval(turning);
    expect(task.status).toBe('complete');
    expect(longestMs).toBeLessThan(1_000);
  });

  it('hears its signal, beats, and logs by the logger of the process', async () => {
    const task = await engine.run('heed');
    expect(task.step('only').error).toMatchObject({ errorCode: 'STEP_TIMEOUT' });
    expect(LOG.lines).toContain('warn from the thread');
    await eventually('the late result is on record', async () =>
      (await engine.look(task.taskId)).outcomes('only').includes('refused'),
    );
    const { attemptHistory } = (await engine.look(task.taskId)).step('only');
    expect(attemptHistory!.at(-1)!.results).toEqual({ heeded: expect.stringContaining('longer than its timeout') });
  });

  it('publishes events, which count with its outcome, and fails with one that nobody has declared', async () => {
    const { taskId } = await engine.run('announce');
    await eventually('it is told', () => engine.eventsOf(taskId).includes('default.counted'));
    const failed = await engine.run('announce', { context: { undeclared: true } });
    expect(failed.step('only').error).toMatchObject({ errorCode: 'EVENT_UNDECLARED', retryable: false });
  });

  it('records metrics, which count with its outcome, and fails with one that nobody has declared', async () => {
    expect((await engine.run('announce', { context: { measured: 'heat' } })).status).toBe('complete');
    expect((await scrape(engine)).value('tasker_template_heat', { kind: 'spin' })).toBe(40);
    const failed = await engine.run('announce', { context: { measured: 'heet' } });
    expect(failed.step('only').error).toMatchObject({ errorCode: 'METRIC_UNDECLARED', retryable: false });
  });

  it('has no more steps claimed than threads are free, so that other workers get the rest', async () => {
    const tasks = await Promise.all(Array.from({ length: 6 }, () => engine.create('spin', { context: { ms: 300 } })));
    let most = 0;
    await eventually('all are done', async () => {
      const [row] = await engine.sql<{ running: number; done: number }>(
        `select count(*) filter (where state = 'in_progress')::int as running,
                count(*) filter (where state = 'complete')::int as done
         from step where task_id = any ($1)`,
        [tasks.map(({ taskId }) => taskId)],
      );
      most = Math.max(most, row!.running);
      return row!.done === tasks.length;
    });
    // two that run, and two whose end is being written
    expect(most).toBeLessThanOrEqual(4);
  });

  it('is stopped with its thread where it does not heed its timeout, and the next step runs', async () => {
    const alone = await start({
      worker: { threads: 1 },
      templates: [single('spin'), STUCK],
      providers: [isolated('Spin')],
    });
    const stuck = await alone.run('stuck');
    expect(stuck.step('only')).toMatchObject({ status: 'error', error: { errorCode: 'STEP_TIMEOUT' } });
    const next = await alone.run('spin', { context: { ms: 1 } });
    expect(next.status).toBe('complete');
  });
});

describe('the threads of a process', () => {
  let folder: string;
  const diary = join(tmpdir(), `tasker-diary-${process.pid}`);

  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'tasker-threads-'))));
  afterEach(() => {
    rmSync(diary, { force: true });
    rmSync(folder, { recursive: true });
  });

  const lines = (): string[] => readFileSync(diary, 'utf8').trim().split('\n');

  /** A handlers' file of its own, which a test may change, with its classes. */
  function copy(): { module: string; classes: Record<string, Type> } {
    const module = join(folder, 'handlers.cjs');
    copyFileSync(MODULE, module);
    return { module, classes: load(module) };
  }

  function deploy(module: string): void {
    const text = readFileSync(module, 'utf8');
    writeFileSync(module, text.replaceAll('{ thread: threadId }', '{ deployed: threadId }'));
  }

  it('set their handlers up once each before the first step, and clean them up after the last', async () => {
    const engine = await start({
      worker,
      templates: [single('diary')],
      providers: [isolated('Diary')],
    });
    await engine.run('diary');
    await engine.stop();
    expect(lines().filter((line) => line.endsWith(' here'))).toEqual(['made here']);
    expect(
      lines()
        .filter((line) => line.endsWith(' there'))
        .sort(),
    ).toEqual([
      'cleaned up there',
      'cleaned up there',
      'made there',
      'made there',
      'process there',
      'set up there',
      'set up there',
    ]);
  });

  it('refuse to start with other code than the process has loaded', async () => {
    const { module, classes } = copy();
    const engine = await make({ worker, providers: [isolated('Spin', { module }, classes)] });
    deploy(module);
    await expect(engine.start()).rejects.toThrow(
      /Step handlers cannot start:\n {2}spin: is not the same in a thread: source differ/,
    );
  });

  it('refuse to start where the schema of a config differs', async () => {
    const options = { configSchema: { properties: { depth: { type: 'integer', default: 3 } } } };
    const engine = await make({ worker, providers: [isolated('Echo', options)] });
    await expect(engine.start()).rejects.toThrow(/echo: is not the same in a thread: config_schema differ/);
    isolated('Echo');
  });

  it('do not run code that was deployed over a process that runs', async () => {
    const { module, classes } = copy();
    const engine = await start({
      worker: { threads: 1 },
      templates: [single('spin', { default_retry_limit: 1 }), STUCK],
      providers: [isolated('Spin', { module }, classes)],
    });
    deploy(module);
    expect((await engine.run('spin', { context: { ms: 1 } })).status).toBe('complete');
    // its thread ends, and another takes its place
    await engine.run('stuck');
    const task = await engine.run('spin', { context: { ms: 1 } });
    expect(task.step('only').error).toMatchObject({ errorCode: 'THREAD_CONTENT_CHANGED', retryable: true });
    expect(LOG.lines.join()).toMatch(/error The class Spin of the step handler "spin" has changed on disk/);
  });

  it('make an instance by createInThread where the constructor wants parameters', async () => {
    const MakesItself = isolated('MakesItself');
    const engine = await start({
      worker,
      templates: [single('makesitself')],
      providers: [{ provide: MakesItself, useFactory: () => new MakesItself({ name: 'here' }) }],
    });
    expect((await engine.run('makesitself')).step('only').results).toBe('made in the thread');
  });

  it.each([
    ['NeedsClient', {}, /its constructor takes 1 parameters, and there is no Nest container in a thread/],
    ['Spin', { module: __filename }, /handlers-in-threads\.spec\.ts is not JavaScript .* Give the compiled file/],
    ['Spin', { module: '/nowhere/handlers.js' }, /its module \/nowhere\/handlers\.js does not exist/],
    ['Unsettled', {}, /unsettled: cannot be loaded in a thread: Error: no table of primes/],
    ['Spin', { module: require.resolve('semver') }, /semver.* exports no class Spin: export it there/],
  ])('refuse to start with a handler that they cannot load: %s %p', async (className, options, message) => {
    const type = isolated(className, options);
    const engine = await make({ worker, providers: className === 'NeedsClient' ? [] : [type] });
    if (className === 'NeedsClient') {
      await engine.start();
      const registry = engine.get(StepHandlerRegistry);
      registry.register(new type({}), 'needsclient');
      await eventually('it is said', () => LOG.lines.some((line) => message.test(line)));
    } else {
      await expect(engine.start()).rejects.toThrow(message);
    }
    isolated(className);
  });

  it('load a handler that is registered while the process runs', async () => {
    const Spin = isolated('Spin');
    const engine = await start({ worker, templates: [single('spin')], handlers: { spin: () => 'in the process' } });
    expect((await engine.run('spin')).step('only').results).toBe('in the process');
    engine.get(StepHandlerRegistry).register(Spin as never, undefined, { replace: true });
    await eventually('it runs in a thread', async () => {
      const results = (await engine.run('spin', { context: { ms: 1 } })).step('only').results as { thread?: number };
      return (results.thread ?? 0) > 0;
    });
  });

  it('are given up at the end of the drain with what they compute', async () => {
    const engine = await start({ worker, templates: [single('spin')], providers: [isolated('Spin')] });
    const { taskId } = await engine.create('spin');
    await eventually('it runs', async () => (await engine.look(taskId)).statuses.only === 'in_progress');
    await engine.restart({ roles: ['api'], providers: [] });
    expect((await engine.look(taskId)).outcomes('only')).toEqual(['released']);
  });
});
