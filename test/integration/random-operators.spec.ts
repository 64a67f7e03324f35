import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import type { StepContext, TaskView, TemplateDefinition } from '../../src/index.js';
import { TaskerError } from '../../src/index.js';
import { STEP_VERBS, TASK_VERBS, type StepVerb, type TaskVerb } from '../../src/core/states.js';
import { TemplateCatalog } from '../../src/persistence/template-catalog.js';
import { loadTemplates } from '../../src/templates/load-templates.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { Engine } from '../support/engine.js';
import { expectInvariants } from '../support/invariants.js';

const SEED = Number(process.env.TASKER_TEST_SEED ?? Date.now() % 2_147_483_648);
const TASKS = 50;
const AT_ONCE = 10;
const HANDLER = 'random.moods';

interface Act {
  kind: 'task' | 'step';
  verb: string;
  step: number;
  afterMs: number;
}

interface Story {
  parents: number[][];
  stopsOnFirstFailure: boolean;
  skippable: boolean;
  acts: Act[];
}

const actOn = <Verb extends string>(kind: Act['kind'], verbs: readonly Verb[]): fc.Arbitrary<Act> =>
  fc.record({
    kind: fc.constant(kind),
    verb: fc.constantFrom(...verbs),
    step: fc.nat(7),
    afterMs: fc.nat(6),
  });
// what ends a task at once would leave the others little to do
const taskVerbs = (Object.keys(TASK_VERBS) as TaskVerb[]).filter((verb) => verb !== 'cancel' && verb !== 'resolve');
const act = fc.oneof(
  { weight: 3, arbitrary: actOn('task', taskVerbs) },
  { weight: 6, arbitrary: actOn<StepVerb>('step', ['retry', 'resolve', 'complete']) },
  { weight: 3, arbitrary: actOn('step', Object.keys(STEP_VERBS) as StepVerb[]) },
);

const story: fc.Arbitrary<Story> = fc.integer({ min: 2, max: 8 }).chain((size) =>
  fc.record({
    parents: fc.tuple(
      ...Array.from({ length: size }, (_, place) =>
        place === 0 ? fc.constant<number[]>([]) : fc.uniqueArray(fc.nat(place - 1), { maxLength: 3 }),
      ),
    ),
    stopsOnFirstFailure: fc.nat(3).map((n) => n === 3),
    skippable: fc.nat(4).map((n) => n === 4),
    acts: fc.array(act, { minLength: 6, maxLength: 24, size: 'max' }),
  }),
);

const nameOf = (place: number): string => `s${place}`;

const templateOf = (name: string, { parents, stopsOnFirstFailure, skippable }: Story): TemplateDefinition => ({
  name,
  workflow_config: { failure_strategy: stopsOnFirstFailure ? 'stop_on_first_failure' : 'continue' },
  step_templates: parents.map((above, place) => ({
    name: nameOf(place),
    handler_class: HANDLER,
    depends_on_steps: above.map(nameOf),
    default_retry_limit: 2,
    skippable,
    retry_backoff: { kind: 'fixed', initial_delay: 0.003, jitter: 0 },
  })),
});

describe('operators who meddle while workers run', () => {
  let database: TestDatabase;
  const engines: Engine[] = [];
  /** Tasks that are left alone by now: their steps succeed. */
  const calm = new Set<string>();
  const refusals = new Set<string>();

  beforeAll(async () => {
    database = await createTestDatabase();
    for (let n = 0; n < 2; n++) {
      const engine = new Engine(database.url, {
        templates: [{ name: 'first', step_templates: [{ name: 'only', handler_class: HANDLER }] }],
        handlers: { [HANDLER]: moody },
        worker: { slots: 8, pollMs: 20 },
      });
      engines.push(await engine.start());
    }
  }, 30_000);
  afterAll(async () => {
    for (const engine of engines) await engine.stop();
    await database?.drop();
  }, 30_000);

  /** Fails, waits or succeeds, always the same way for the same attempt. */
  async function moody({ task, step, signal }: StepContext): Promise<unknown> {
    if (calm.has(task.taskId)) return { attempt: step.attempt };
    const [mood, patience] = createHash('md5').update(`${task.taskId} ${step.name} ${step.attempt}`).digest();
    await delay(patience! % 8, undefined, { signal }).catch(() => undefined);
    if (mood! < 80) throw new TypeError('never');
    if (mood! < 130) throw new Error('try again');
    return { attempt: step.attempt };
  }

  async function perform(
    engine: Engine,
    taskId: string,
    steps: number,
    { kind, verb, step, afterMs }: Act,
  ): Promise<void> {
    await delay(afterMs);
    const by = { reason: 'meddling', actor: 'fc' };
    const place = { taskId, step: nameOf(step % steps) };
    const given = verb === 'complete' ? { results: 1 } : verb === 'update' ? { retryLimit: 2 } : {};
    const [answer] =
      kind === 'task'
        ? await engine.client.actOnTasks([taskId], {
            action: verb,
            ...(verb === 'update' ? { priority: step } : by),
          } as never)
        : await engine.client.actOnSteps([place], { action: verb, ...by, ...given } as never);
    if ('error' in answer!) refusals.add(answer.error.code);
  }

  async function bringToAnEnd(taskId: string): Promise<TaskView> {
    const { client } = engines[0]!;
    calm.add(taskId);
    for (let turn = 0; turn < 10; turn++) {
      await client.resumeTask(taskId).catch(expectIllegal);
      await client.waitFor(taskId, { timeoutMs: 15_000 });
      const task = await client.getTask(taskId);
      if (task.status !== 'error') return task;
      await client.retryTask(taskId).catch(expectIllegal);
    }
    throw new Error(`task ${taskId} does not come to an end`);
  }

  async function live(given: Story, n: number): Promise<TaskView> {
    const { templates, findings } = loadTemplates([templateOf(`story-${n}`, given)], { environment: 'test', env: {} });
    expect(findings).toEqual([]);
    for (const engine of engines) await engine.get(TemplateCatalog).publish(templates, false);
    const { taskId } = await engines[n % engines.length]!.create(`story-${n}`);
    // three operators at a time
    const left = given.acts.entries();
    const work = async (engine: Engine): Promise<void> => {
      for (const [, act] of left) await perform(engine, taskId, given.parents.length, act);
    };
    await Promise.all([work(engines[0]!), work(engines[1]!), work(engines[0]!)]);
    return bringToAnEnd(taskId);
  }

  it(`leave no task that does not come to a sound end (seed ${SEED})`, async () => {
    const stories = fc.sample(story, { numRuns: TASKS, seed: SEED });
    const left = stories.entries();
    const ends: Record<string, number> = {};
    const work = async (): Promise<void> => {
      for (const [n, given] of left) {
        const { status, completionPercentage } = await live(given, n);
        expect(completionPercentage).toBe(100);
        ends[status] = (ends[status] ?? 0) + 1;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    expect(Object.keys(ends).sort()).toEqual(['cancelled', 'complete']);
    expect([...refusals]).toEqual(['illegal_transition']);
  }, 120_000);

  it('leave an audit that is legal for every step, and counters that a recount confirms', async () => {
    expect((await expectInvariants(database.url)).tasks.length).toBe(TASKS);
  }, 30_000);
});

function expectIllegal(error: unknown): void {
  expect(error).toBeInstanceOf(TaskerError);
  expect(error).toMatchObject({ code: 'illegal_transition' });
}
