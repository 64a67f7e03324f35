import { DataSource } from 'typeorm';
import type { TaskerError, TaskView, TemplateDefinition } from '../../src/index.js';
import { aWhile, Concurrency } from '../support/concurrency.js';
import {
  engines,
  eventually,
  Gate,
  graph,
  requestFor,
  type Engine,
  type EngineOptions,
  type Process,
} from '../support/engine.js';
import { expectInvariants } from '../support/invariants.js';
import { expectOnlyHeartbeats } from '../support/rows-written.js';

const { start, beside } = engines();

const names = (count: number): string[] => Array.from({ length: count }, (_, n) => `s${n}`);

/** Steps that depend on nothing, all of one handler. */
const fan = (name: string, count: number, template: Partial<TemplateDefinition>): TemplateDefinition =>
  graph(name, Object.fromEntries(names(count).map((step) => [step, []])), { handler: 'work', ...template });

/** Two applications on one database, whose handlers are watched together. */
async function pair(
  templates: TemplateDefinition[],
  watched: Concurrency,
  options: EngineOptions & { work?: Process } = {},
): Promise<Engine> {
  const { work = () => aWhile(), ...rest } = options;
  const handlers = { work: (context: Parameters<Process>[0]) => watched.during(context, () => work(context)) };
  const one = await start({ templates, handlers, ...rest });
  await beside(one, { templates, handlers, ...rest });
  return one;
}

async function createMany(engine: Engine, name: string, count: number): Promise<string[]> {
  const answers = await engine.client.createTasks(Array.from({ length: count }, () => requestFor(name)));
  return answers.map((answer) => {
    if ('error' in answer) throw answer.error;
    return answer.task.taskId;
  });
}

const allComplete = async (engine: Engine, taskIds: string[]): Promise<void> => {
  const tasks = await Promise.all(taskIds.map((id) => engine.client.waitFor(id, { timeoutMs: 25_000 })));
  expect(new Set(tasks.map(({ status }) => status))).toEqual(new Set(['complete']));
};

describe('max_concurrent_steps of a workflow', () => {
  it('is how many steps of a task run at once, whoever runs them', async () => {
    const watched = new Concurrency();
    const template = fan('fan', 12, { workflow_config: { max_concurrent_steps: 3 } });
    const engine = await pair([template], watched);

    await allComplete(engine, await createMany(engine, 'fan', 6));

    expect(watched.most.stepsOfATask).toBe(3);
    // each task has a limit of its own
    expect(watched.most.steps).toBeGreaterThan(3);
    await expectInvariants(engine.url);
  });

  it('costs nothing where the graph keeps it by itself', async () => {
    const template = graph(
      'chain',
      { a: [], b: ['a'], c: ['b'] },
      { workflow_config: { execution_mode: 'sequential' } },
    );
    const engine = await start({ templates: [template], handlers: { a: () => 1, b: () => 2, c: () => 3 } });
    const task = await engine.run('chain');
    expect(task.status).toBe('complete');
    expect(await engine.sql('select from step where concurrency_id is not null')).toEqual([]);
    expect((await engine.sql(`select from transition where cause = 'handed_off'`)).length).toBe(2);
  });
});

describe('a sequential template', () => {
  it('runs the steps of a task one after the other, in its own order where the graph leaves a choice', async () => {
    const watched = new Concurrency();
    const steps = { a: [], d: ['a'], b: [], e: ['b', 'd'], c: [] };
    const template = graph('line', steps, { handler: 'work', workflow_config: { execution_mode: 'sequential' } });
    const engine = await pair([template], watched);
    const taskIds = await createMany(engine, 'line', 20);

    await allComplete(engine, taskIds);

    expect(watched.most.stepsOfATask).toBe(1);
    for (const taskId of taskIds) expect(watched.order.get(taskId)).toEqual(['a', 'd', 'b', 'e', 'c']);
    // tasks do not wait for each other
    expect(watched.most.tasks).toBeGreaterThan(1);
    await expectInvariants(engine.url);
  });

  it('goes on with another step while one waits for its retry, and says what the others wait for', async () => {
    const gate = new Gate();
    const template = graph(
      'line',
      { a: [], b: [], c: [] },
      {
        workflow_config: { execution_mode: 'sequential' },
        each: { retry_backoff: { kind: 'fixed', initial_delay: 0.3, jitter: 0 } },
      },
    );
    const engine = await start({
      templates: [template],
      handlers: {
        a: ({ step }) => {
          if (step.attempt === 1) throw new Error('not yet');
          return 1;
        },
        b: () => gate.pass(),
        c: () => 3,
      },
    });
    const { taskId } = await engine.create('line');
    await gate.reached();

    // a has come due meanwhile
    const waitsFor = async () => (await engine.look(taskId)).step('a').waitingFor?.kind;
    await eventually('the retry is due', async () => (await waitsFor()) === 'task_limit');
    const task = await engine.look(taskId);
    expect(task.view.executionStatus).toBe('processing');
    for (const step of ['a', 'c']) {
      expect(task.step(step).waitingFor).toEqual({
        kind: 'task_limit',
        detail: expect.stringContaining('At most 1 step of a task of default.line@0.1.0 runs at a time') as string,
        until: null,
      });
    }
    expect(task.step('b').waitingFor).toBeNull();
    gate.open();
    expect((await engine.finished(taskId)).statuses).toEqual({ a: 'complete', b: 'complete', c: 'complete' });
  });

  it('ends in error as any other: what does not depend on the failure runs, the rest does not', async () => {
    const template = graph('line', { a: [], b: ['a'], c: [] }, { workflow_config: { execution_mode: 'sequential' } });
    const engine = await start({
      templates: [template],
      handlers: {
        a: () => {
          throw new TypeError('never');
        },
        b: () => 2,
        c: () => 3,
      },
    });
    const task = await engine.run('line');
    expect(task.status).toBe('error');
    expect(task.statuses).toEqual({ a: 'error', b: 'pending', c: 'complete' });
    await expectInvariants(engine.url);
  });
});

describe('performance.concurrency', () => {
  it('limits the steps of all tasks of a template over all workers, and leaves other templates alone', async () => {
    const watched = new Concurrency();
    const others = new Concurrency();
    const templates = [
      fan('narrow', 5, { performance: { concurrency: { max_concurrent_steps: 4 } } }),
      graph('free', { x: [], y: [] }, { handler: 'other' }),
    ];
    const handlers: Record<string, Process> = {
      work: (context) => watched.during(context, () => aWhile()),
      other: (context) => others.during(context, () => aWhile()),
    };
    const one = await start({ templates, handlers });
    await beside(one, { templates, handlers });

    const narrow = await createMany(one, 'narrow', 25);
    const free = await createMany(one, 'free', 10);
    await allComplete(one, [...free, ...narrow]);

    expect(watched.most.steps).toBe(4);
    expect(others.most.steps).toBeGreaterThan(4);
    await expectInvariants(one.url);
  }, 60_000);

  it('limits the tasks in progress; the oldest go first, and within one its steps run freely', async () => {
    const watched = new Concurrency();
    const template = fan('few', 4, { performance: { concurrency: { max_concurrent_tasks: 2 } } });
    const engine = await pair([template], watched);
    const taskIds = await createMany(engine, 'few', 12);

    await allComplete(engine, taskIds);

    expect(watched.most.tasks).toBe(2);
    expect(watched.most.stepsOfATask).toBe(4);
    expect([...watched.order.keys()]).toEqual(taskIds);
    await expectInvariants(engine.url);
  });

  it('keeps both limits together with that of a task', async () => {
    const watched = new Concurrency();
    const template = fan('all', 6, {
      workflow_config: { max_concurrent_steps: 2 },
      performance: { concurrency: { max_concurrent_tasks: 3, max_concurrent_steps: 4 } },
    });
    const engine = await pair([template], watched);

    await allComplete(engine, await createMany(engine, 'all', 15));

    expect(watched.most).toMatchObject({ steps: 4, stepsOfATask: 2 });
    expect(watched.most.tasks).toBeLessThanOrEqual(3);
    await expectInvariants(engine.url);
  });

  it('says of a task that waits for its place, and of a step that waits for others, why', async () => {
    const gate = new Gate();
    const templates = [
      fan('places', 1, { performance: { concurrency: { max_concurrent_tasks: 1 } } }),
      fan('permits', 1, { performance: { concurrency: { max_concurrent_steps: 1 } } }),
    ];
    const engine = await start({ templates, handlers: { work: () => gate.pass() } });
    for (const name of ['places', 'permits']) {
      const [first, second] = await createMany(engine, name, 2);
      await eventually('the first runs', async () => (await engine.look(first!)).step('s0').status === 'in_progress');
      const waiting = (await engine.look(second!)).view;
      expect(waiting).toMatchObject({ status: 'pending', executionStatus: 'has_ready_steps' });
      expect(waiting.steps![0]!.waitingFor).toMatchObject({ kind: 'template_limit', until: null });
      expect(waiting.steps![0]!.waitingFor!.detail).toContain(
        name === 'places' ? 'At most 1 task of default.places' : 'At most 1 step of default.permits',
      );
      expect((await engine.look(first!)).step('s0').waitingFor).toBeNull();
    }
    gate.open();
  });

  it('holds for steps that are paused, resumed, retried, skipped and cancelled by operators', async () => {
    const watched = new Concurrency();
    const gate = new Gate();
    const failing = new Set<string>();
    const template = fan('narrow', 3, { performance: { concurrency: { max_concurrent_steps: 2 } } });
    const engine = await pair([template], watched, {
      work: async ({ task }) => {
        await gate.pass();
        if (failing.has(task.taskId)) throw new TypeError('never');
      },
    });
    const { client } = engine;
    // steps of the first one run and hold up the others
    const [first, paused, cancelled, failed, ...others] = await createMany(engine, 'narrow', 12);
    await gate.reached(2);
    failing.add(failed!);
    await client.pauseTask(paused!);
    await client.cancelTask(cancelled!);
    gate.open();
    await allComplete(engine, [first!, ...others]);
    const pausedThen = await client.getTask(paused!, { include: ['steps'] });
    expect(pausedThen.steps!.map(({ status }) => status)).toEqual(['ready', 'ready', 'ready']);

    await client.waitFor(failed!, { timeoutMs: 10_000 });
    failing.clear();
    await client.resumeTask(paused!);
    await client.skipStep(failed!, 's0', { reason: 'not needed' });
    await client.retryTask(failed!);
    await allComplete(engine, [paused!, failed!]);

    expect(watched.most.steps).toBe(2);
    expect((await client.getTask(cancelled!)).status).toBe('cancelled');
    expect(await engine.sql('select from step where gate is not null')).toEqual([]);
  });

  it('admits at once what a transaction of the host has created, when that commits', async () => {
    const template = fan('narrow', 1, { performance: { concurrency: { max_concurrent_steps: 5 } } });
    const engine = await start({ templates: [template], handlers: { work: () => 1 }, worker: { pollMs: 60_000 } });
    const host = await new DataSource({ type: 'postgres', url: engine.url }).initialize();
    let created: TaskView | undefined;
    await host.transaction(async (manager) => {
      created = await engine.client.createTask(requestFor('narrow'), { manager });
    });
    await host.destroy();
    expect((await engine.finished(created!.taskId)).status).toBe('complete');
  });

  it('admits what a process left behind that died before it could', async () => {
    const template = fan('narrow', 1, { performance: { concurrency: { max_concurrent_steps: 1 } } });
    const engine = await start({ templates: [template], handlers: { work: () => 1 } });
    const { taskId } = await engine.run('narrow');
    const [row] = await engine.sql<{ template_id: number }>('select template_id from task where id = $1', [taskId]);
    // a task as another process has created it, which said nothing of it
    const id = taskId.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));
    await engine.sql('select create_tasks($1, false)', [
      JSON.stringify([
        {
          id,
          template_id: row!.template_id,
          context: {},
          priority: 0,
          initiator: 'i',
          reason: 'r',
          source_system: 's',
          correlation_id: 'c',
        },
      ]),
    ]);
    expect((await engine.finished(id)).status).toBe('complete');
  });

  it('waits for nothing but what it must: no write while all wait behind one that runs', async () => {
    const gate = new Gate();
    const template = fan('narrow', 2, { performance: { concurrency: { max_concurrent_steps: 1 } } });
    const engine = await start({
      templates: [template],
      handlers: { work: () => gate.pass() },
      // polls and sweeps often, so that what they write would show
      worker: { pollMs: 20, heartbeatMs: 100, silentMs: 300 },
    });
    await createMany(engine, 'narrow', 20);
    await gate.reached();
    await expectOnlyHeartbeats(engine);
    gate.open();
  });
});

describe('queue_size', () => {
  const refusalOf = async (creating: Promise<unknown>): Promise<TaskerError> =>
    creating.then(
      () => {
        throw new Error('it was created');
      },
      (error: unknown) => error as TaskerError,
    );

  it('refuses tasks while so many wait for their turn', async () => {
    const gate = new Gate();
    const template = fan('bounded', 1, {
      performance: { concurrency: { max_concurrent_tasks: 1, queue_size: 2 } },
    });
    const engine = await start({ templates: [template], handlers: { work: () => gate.pass() } });

    const answers = await engine.client.createTasks(Array.from({ length: 5 }, () => requestFor('bounded')));
    expect(answers.map((answer) => ('error' in answer ? answer.error.code : 'created'))).toEqual([
      'created',
      'created',
      'created',
      'queue_full',
      'queue_full',
    ]);
    const refusal = await refusalOf(engine.create('bounded'));
    expect(refusal.code).toBe('queue_full');
    expect(refusal.message).toContain('The queue of default.bounded is full: 2 may wait');
    gate.open();
    await eventually('there is room again', async () => {
      const answer = await engine.create('bounded').catch((error: TaskerError) => error);
      return 'taskId' in answer;
    });
  });

  it('answers the first task again for its idempotency key, however full it is', async () => {
    const template = fan('bounded', 1, { performance: { concurrency: { queue_size: 1 } } });
    const engine = await start({ templates: [template], roles: ['api'] });
    const first = await engine.create('bounded', { idempotencyKey: 'k' });
    expect((await engine.create('bounded', { idempotencyKey: 'k' })).taskId).toBe(first.taskId);
    expect((await refusalOf(engine.create('bounded'))).code).toBe('queue_full');
  });
});
