import fc from 'fast-check';
import type { StepContext, TaskView, TemplateDefinition } from '../../src/index.js';
import { AttemptStore } from '../../src/persistence/stores/attempt.store.js';
import { TemplateCatalog } from '../../src/persistence/template-catalog.js';
import { loadTemplates } from '../../src/templates/load-templates.js';
import { RunningAttempts } from '../../src/worker/running-attempts.js';
import { Concurrency } from '../support/concurrency.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { Engine } from '../support/engine.js';
import { expectInvariants } from '../support/invariants.js';
import { SqlEngine } from '../support/sql-engine.js';

const SEED = Number(process.env.TASKER_TEST_SEED ?? Date.now() % 2_147_483_648);
const RUNS = 40;
const HANDLER = 'limited.script';
const RETRY_LIMIT = 3;

/** What an attempt comes to; attempts beyond a step's script succeed. */
type Outcome = 'success' | 'retryable' | 'permanent' | 'released';

interface RandomStep {
  /** Positions before its own. */
  parents: number[];
  script: Outcome[];
  skippable: boolean;
}

interface Limits {
  sequential: boolean;
  ofTask: number | null;
  ofTemplate: number | null;
  tasks: number | null;
}

interface Run {
  steps: RandomStep[];
  limits: Limits;
  tasks: number;
}

const limit = fc.option(fc.integer({ min: 1, max: 3 }));
const outcome = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Outcome>('success') },
  { weight: 3, arbitrary: fc.constant<Outcome>('retryable') },
  { weight: 1, arbitrary: fc.constant<Outcome>('permanent') },
  { weight: 1, arbitrary: fc.constant<Outcome>('released') },
);

const step = (place: number): fc.Arbitrary<RandomStep> =>
  fc.record({
    parents: place === 0 ? fc.constant([]) : fc.uniqueArray(fc.nat(place - 1), { maxLength: Math.min(place, 3) }),
    script: fc.array(outcome, { maxLength: 3 }),
    skippable: fc.boolean(),
  });

const run: fc.Arbitrary<Run> = fc.integer({ min: 1, max: 9 }).chain((size) =>
  fc.record({
    steps: fc.tuple(...Array.from({ length: size }, (_, place) => step(place))),
    limits: fc.record({ sequential: fc.boolean(), ofTask: limit, ofTemplate: limit, tasks: limit }),
    tasks: fc.integer({ min: 1, max: 4 }),
  }),
);

interface Expected {
  status: 'complete' | 'skipped' | 'error' | 'pending';
  results: number | null;
}

/** What becomes of the steps of a task that has no limits; the result of each says how many before it have one, itself included. */
function unlimited(steps: readonly RandomStep[]): Expected[] {
  const expected: Expected[] = [];
  for (const { parents, script, skippable } of steps) {
    const before = parents.map((parent) => expected[parent]!);
    if (before.some(({ status }) => status === 'error' || status === 'pending')) {
      expected.push({ status: 'pending', results: null });
    } else if (fails(script)) {
      expected.push({ status: skippable ? 'skipped' : 'error', results: null });
    } else {
      const complete = ancestors(steps, parents).filter((one) => expected[one]!.status === 'complete');
      expected.push({ status: 'complete', results: complete.length + 1 });
    }
  }
  return expected;
}

const ancestors = (steps: readonly RandomStep[], parents: number[]): number[] => [
  ...new Set(parents.flatMap((parent) => [parent, ...ancestors(steps, steps[parent]!.parents)])),
];

function fails(script: readonly Outcome[]): boolean {
  let counted = 0;
  for (const outcome of script) {
    if (outcome === 'success') return false;
    if (outcome === 'permanent') return true;
    if (outcome === 'retryable' && ++counted === RETRY_LIMIT) return true;
  }
  return false;
}

const nameOf = (place: number): string => `s${place}`;

function templateOf(name: string, { steps, limits }: Run): TemplateDefinition {
  const { sequential, ofTask, ofTemplate, tasks } = limits;
  return {
    name,
    workflow_config: {
      execution_mode: sequential ? 'sequential' : 'parallel',
      ...(ofTask !== null && { max_concurrent_steps: ofTask }),
    },
    performance: {
      concurrency: {
        ...(ofTemplate !== null && { max_concurrent_steps: ofTemplate }),
        ...(tasks !== null && { max_concurrent_tasks: tasks }),
      },
    },
    step_templates: steps.map(({ parents, script, skippable }, place) => ({
      name: nameOf(place),
      handler_class: HANDLER,
      handler_config: { script },
      depends_on_steps: parents.map(nameOf),
      default_retry_limit: RETRY_LIMIT,
      skippable,
      retry_backoff: { kind: 'fixed', initial_delay: 0.002, jitter: 0 },
    })),
  };
}

/** Two workers on a database of their own. */
class Fleet {
  watched = new Concurrency();
  private runs = 0;

  private constructor(
    readonly database: TestDatabase,
    private readonly engines: Engine[],
  ) {}

  static async start(): Promise<Fleet> {
    const database = await createTestDatabase();
    const engines: Engine[] = [];
    const fleet = new Fleet(database, engines);
    for (let n = 0; n < 2; n++) {
      const engine: Engine = new Engine(database.url, {
        templates: [{ name: 'first', step_templates: [{ name: 'only', handler_class: HANDLER }] }],
        handlers: { [HANDLER]: (context) => fleet.act(context, engine) },
        worker: { slots: 8, pollMs: 20, heartbeatMs: 1_000, silentMs: 60_000 },
      });
      engines.push(await engine.start());
    }
    return fleet;
  }

  async run(run: Run): Promise<TaskView[]> {
    this.watched = new Concurrency();
    const name = `run-${this.runs++}`;
    const { templates, findings } = loadTemplates([templateOf(name, run)], { environment: 'test', env: {} });
    expect(findings).toEqual([]);
    for (const engine of this.engines) await engine.get(TemplateCatalog).publish(templates, false);
    const ids: string[] = [];
    for (let n = 0; n < run.tasks; n++) ids.push((await this.engines[n % 2]!.create(name)).taskId);
    return Promise.all(ids.map((id) => this.engines[0]!.client.waitFor(id, { timeoutMs: 20_000 })));
  }

  async stop(): Promise<void> {
    for (const engine of this.engines) await engine.stop();
    await this.database.drop();
  }

  private async act(context: StepContext, engine: Engine): Promise<unknown> {
    const { step, config, sequence, task } = context;
    const outcome = (config.script as Outcome[])[step.attempt - 1] ?? 'success';
    if (outcome === 'released') {
      // its result comes too late
      await this.watched.during(context, () => undefined);
      await this.release(engine, task.taskId, step.name);
      return null;
    }
    return this.watched.during(context, async () => {
      await new Promise((resolve) => setImmediate(resolve));
      if (outcome === 'retryable') throw new Error('try again');
      if (outcome === 'permanent') throw new TypeError('never');
      return sequence.names.filter((name) => sequence.results(name) !== null).length + 1;
    });
  }

  /** As a worker does that shuts down. */
  private async release(engine: Engine, taskId: string, step: string): Promise<void> {
    const running = engine.get(RunningAttempts);
    const [attempt] = running.list((one) => one.taskId === taskId && one.step.name === step);
    running.abandon([attempt!], 'released');
    await engine.get(AttemptStore).release(attempt!.workerId, [attempt!]);
  }
}

describe('random graphs under random limits', () => {
  let fleet: Fleet;

  beforeAll(async () => {
    fleet = await Fleet.start();
  }, 30_000);

  afterAll(() => fleet?.stop(), 30_000);

  it(`end as they would without any, and never exceed one (seed ${SEED})`, async () => {
    const property = fc.asyncProperty(run, async (given) => {
      const tasks = await fleet.run(given);
      const expected = unlimited(given.steps);
      const failed = expected.some(({ status }) => status === 'error');
      for (const task of tasks) {
        expect(task.status).toBe(failed ? 'error' : 'complete');
        expect(task.steps!.map(({ status, results }) => ({ status, results }))).toEqual(expected);
      }
      const { sequential, ofTask, ofTemplate, tasks: places } = given.limits;
      const { most } = fleet.watched;
      expect(most.stepsOfATask).toBeLessThanOrEqual(sequential ? 1 : (ofTask ?? Infinity));
      expect(most.steps).toBeLessThanOrEqual(ofTemplate ?? Infinity);
      expect(most.tasks).toBeLessThanOrEqual(places ?? Infinity);
    });
    await fc.assert(property, { numRuns: RUNS, seed: SEED });
  }, 120_000);

  it('leave no permit behind, and an audit that is legal for every step', async () => {
    const { tasks } = await expectInvariants(fleet.database.url);
    expect(tasks.length).toBeGreaterThanOrEqual(RUNS);
    const engine = await SqlEngine.beside(fleet.database);
    expect(await engine.rows('select from step where gate is not null')).toEqual([]);
    const [row] = await engine.rows('select deadlocks::int from pg_stat_database where datname = current_database()');
    expect(row!.deadlocks).toBe(0);
    await engine.stop();
  }, 30_000);
});
