import fc from 'fast-check';
import { Pool } from 'pg';
import type { StepContext, TaskView, TemplateDefinition } from '../../src/index.js';
import { TemplateCatalog } from '../../src/persistence/template-catalog.js';
import { loadTemplates } from '../../src/templates/load-templates.js';
import { Rescuer } from '../../src/worker/rescuer.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { aborted, Engine } from '../support/engine.js';
import { expectInvariants } from '../support/invariants.js';

const SEED = Number(process.env.TASKER_TEST_SEED ?? Date.now() % 2_147_483_648);
const GRAPHS = 200;
const HANDLER = 'random.script';
/** As the workers are told by default. */
const MOST_LOSSES = 3;

/** What an attempt comes to; attempts beyond a step's script succeed. */
type Outcome = 'success' | 'retryable' | 'permanent' | 'timeout' | 'lost' | 'released';

interface RandomStep {
  /** Positions before its own. */
  parents: number[];
  script: Outcome[];
  retryLimit: number;
  retryable: boolean;
  skippable: boolean;
  bypassed: boolean;
  backoff: 'none' | 'fixed' | 'linear' | 'exponential';
}

interface RandomGraph {
  steps: RandomStep[];
  stopsOnFirstFailure: boolean;
}

const outcome = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Outcome>('success') },
  { weight: 4, arbitrary: fc.constant<Outcome>('retryable') },
  { weight: 1, arbitrary: fc.constant<Outcome>('permanent') },
  { weight: 1, arbitrary: fc.constant<Outcome>('timeout') },
  { weight: 2, arbitrary: fc.constant<Outcome>('lost') },
  { weight: 1, arbitrary: fc.constant<Outcome>('released') },
);
const seldom = fc.integer({ min: 0, max: 9 }).map((n) => n === 9);

const step = (place: number): fc.Arbitrary<RandomStep> =>
  fc.record({
    parents: place === 0 ? fc.constant([]) : fc.uniqueArray(fc.nat(place - 1), { maxLength: Math.min(place, 4) }),
    // Where a worker is lost, or gives its step back, an attempt takes longer than the timeouts here.
    script: fc
      .array(outcome, { maxLength: 4 })
      .map((script) =>
        script.includes('timeout') ? script.filter((one) => one !== 'lost' && one !== 'released') : script,
      ),
    retryLimit: fc.integer({ min: 1, max: 4 }),
    retryable: seldom.map((not) => !not),
    skippable: fc.boolean(),
    bypassed: seldom,
    backoff: fc.constantFrom('none', 'fixed', 'linear', 'exponential'),
  });

const randomGraph: fc.Arbitrary<RandomGraph> = fc.integer({ min: 1, max: 12 }).chain((size) =>
  fc.record({
    steps: fc.tuple(...Array.from({ length: size }, (_, place) => step(place))),
    stopsOnFirstFailure: seldom,
  }),
);

interface Expected {
  state: 'pending' | 'complete' | 'skipped' | 'error';
  outcomes: string[];
}

const OUTCOMES = {
  retryable: 'failed',
  permanent: 'failed',
  timeout: 'timed_out',
  lost: 'worker_lost',
  released: 'released',
} as const;

/** What must become of the steps where a failure stops only what depends on it. */
function model({ steps }: RandomGraph): Expected[] {
  const expected: Expected[] = [];
  for (const step of steps) {
    const blocked = step.parents.some((parent) => !['complete', 'skipped'].includes(expected[parent]!.state));
    if (blocked) expected.push({ state: 'pending', outcomes: [] });
    else if (step.bypassed) expected.push({ state: 'skipped', outcomes: [] });
    else expected.push(life(step));
  }
  return expected;
}

function life({ script, retryLimit, retryable, skippable }: RandomStep): Expected {
  const limit = retryable ? retryLimit : 1;
  const outcomes: string[] = [];
  for (let losses = 0; ;) {
    const outcome = script[outcomes.length] ?? 'success';
    if (outcome === 'success') return { state: 'complete', outcomes: [...outcomes, 'succeeded'] };
    outcomes.push(OUTCOMES[outcome]);
    if (outcome === 'lost') losses += 1;
    const counted = outcomes.filter((one) => one !== 'released').length;
    if (outcome === 'permanent' || counted >= limit || losses >= MOST_LOSSES) break;
  }
  return { state: skippable ? 'skipped' : 'error', outcomes };
}

const nameOf = (place: number): string => `s${place}`;

function templateOf(name: string, { steps, stopsOnFirstFailure }: RandomGraph): TemplateDefinition {
  return {
    name,
    workflow_config: { failure_strategy: stopsOnFirstFailure ? 'stop_on_first_failure' : 'continue' },
    step_templates: steps.map(({ parents, script, retryLimit, retryable, skippable, backoff }, place) => ({
      name: nameOf(place),
      handler_class: HANDLER,
      handler_config: { script },
      depends_on_steps: parents.map(nameOf),
      default_retry_limit: retryLimit,
      default_retryable: retryable,
      skippable,
      retry_backoff: { kind: backoff, initial_delay: 0.002, max_delay: 0.005 },
      timeout_seconds: script.includes('timeout') ? 0.03 : 60,
    })),
  };
}

/** One to three workers on a database of their own. */
class Fleet {
  /** What became of the tasks, as it was seen at once when they had settled. */
  readonly seen: TaskView[] = [];
  private tasks = 0;

  private constructor(
    readonly database: TestDatabase,
    private readonly sql: Pool,
    private readonly engines: Engine[],
  ) {}

  static async start(workers: number): Promise<Fleet> {
    const database = await createTestDatabase();
    const sql = new Pool({ connectionString: database.url, max: 5 });
    const engines: Engine[] = [];
    const fleet = new Fleet(database, sql, engines);
    for (let n = 0; n < workers; n++) {
      const engine = new Engine(database.url, {
        templates: [{ name: 'first', step_templates: [{ name: 'only', handler_class: HANDLER }] }],
        handlers: { [HANDLER]: (context) => fleet.act(context) },
        worker: { slots: 8, pollMs: 20, heartbeatMs: 1_000, silentMs: 60_000, maxLosses: MOST_LOSSES },
      });
      engines.push(await engine.start());
    }
    return fleet;
  }

  async run(graph: RandomGraph): Promise<TaskView> {
    const engine = this.engines[this.tasks % this.engines.length]!;
    const name = `graph-${this.tasks++}`;
    const { templates, findings } = loadTemplates([templateOf(name, graph)], { environment: 'test', env: {} });
    expect(findings).toEqual([]);
    await engine.get(TemplateCatalog).publish(templates, false);
    const bypassSteps = graph.steps.flatMap(({ bypassed }, place) => (bypassed ? [nameOf(place)] : []));
    const { taskId } = await engine.create(name, { bypassSteps });
    await engine.client.waitFor(taskId, { timeoutMs: 20_000 });
    const task = await this.look(taskId);
    this.seen.push(task);
    return task;
  }

  look(taskId: string): Promise<TaskView> {
    return this.engines[0]!.client.getTask(taskId, { include: ['steps', 'attempts'] });
  }

  async stop(): Promise<void> {
    for (const engine of this.engines) await engine.stop();
    await this.sql.end();
    await this.database.drop();
  }

  private act(context: StepContext): unknown {
    const { step, config, signal } = context;
    const outcome = (config.script as Outcome[])[step.attempt - 1] ?? 'success';
    switch (outcome) {
      case 'success':
        return { attempt: step.attempt };
      case 'retryable':
        throw new Error('try again');
      case 'permanent':
        throw new TypeError('never');
      case 'timeout':
        return aborted(signal);
      case 'lost':
        return this.loseWorker(context);
      case 'released':
        return this.releaseStep(context);
    }
  }

  /** Its worker gives the attempt back, as one that shuts down does; its result comes all the same, and late. */
  private async releaseStep({ task: { taskId }, step: { name, attempt } }: StepContext): Promise<unknown> {
    await this.sql.query(
      `select r.* from tasker.step s
       join tasker.template_step t on t.template_id = s.template_id and t.step_no = s.step_no
       cross join lateral
         tasker.release_attempts(s.worker_id, array[s.task_id], array[s.step_no], array[s.attempt]) r
       where s.task_id = $1 and s.attempt = $2 and t.name = $3`,
      [taskId, attempt, name],
    );
    return { attempt, late: true };
  }

  /** To the database the worker of this attempt dies; its result comes all the same, and late. */
  private async loseWorker({ task: { taskId }, step: { name, attempt } }: StepContext): Promise<unknown> {
    const { rows } = await this.sql.query<{ id: number }>(
      `with dead as (
         insert into tasker.worker (name, host, pid, slots, state, stopped_at)
         values ('dead', 'nowhere', 0, 1, 'lost', now()) returning id
       )
       update tasker.step s set worker_id = dead.id
       from dead, tasker.template_step t
       where s.task_id = $1 and s.attempt = $2 and t.template_id = s.template_id and t.step_no = s.step_no and t.name = $3
       returning dead.id`,
      [taskId, attempt, name],
    );
    const held = `select from tasker.step where worker_id = $1 and state = 'in_progress'`;
    do {
      await this.engines[0]!.get(Rescuer)['rescue']();
    } while ((await this.sql.query(held, [rows[0]!.id])).rows.length > 0);
    return { attempt, late: true };
  }
}

/** Steps where they differ from the model's. */
function differences({ stopsOnFirstFailure, steps }: RandomGraph, expected: Expected[], task: TaskView): string[] {
  const failed = expected.some(({ state }) => state === 'error');
  const found: string[] = [];
  if (task.status !== (failed ? 'error' : 'complete')) found.push(`the task is ${task.status}`);
  steps.forEach(({ retryable, retryLimit }, place) => {
    const { name, status, attempts, attemptHistory, retryLimit: limit } = task.steps![place]!;
    const outcomes = attemptHistory!.map(({ outcome }) => outcome).filter((outcome) => outcome !== 'refused');
    const wanted = expected[place]!;
    const unfinished = ['pending', 'ready', 'waiting_for_retry'].includes(status);
    // Who was first to fail decides what no longer starts: no model knows.
    const stopped = stopsOnFirstFailure && failed && unfinished;
    const fits = stopped
      ? outcomes.every((outcome, index) => outcome === wanted.outcomes[index])
      : status === wanted.state && String(outcomes) === String(wanted.outcomes);
    if (!fits)
      found.push(`${name} is ${status} by [${String(outcomes)}], not ${wanted.state} by [${String(wanted.outcomes)}]`);
    if (attempts !== outcomes.length) found.push(`${name} counts ${attempts} attempts, and shows ${outcomes.length}`);
    if (limit !== (retryable ? retryLimit : 1)) found.push(`${name} has a limit of ${limit}`);
  });
  if (failed && !task.steps!.some(({ status }) => status === 'error')) found.push('no step is in error');
  return found;
}

describe('random graphs with random outcomes', () => {
  let fleets: Fleet[];

  beforeAll(async () => {
    fleets = await Promise.all([1, 2, 3].map((workers) => Fleet.start(workers)));
  }, 30_000);

  afterAll(async () => {
    for (const fleet of fleets ?? []) await fleet.stop();
  }, 30_000);

  it(`end as a small model of them says, under one to three workers (seed ${SEED})`, async () => {
    const property = fc.asyncProperty(randomGraph, fc.nat(2), async (graph, fleet) => {
      const task = await fleets[fleet]!.run(graph);
      expect(differences(graph, model(graph), task)).toEqual([]);
    });
    await fc.assert(property, { numRuns: GRAPHS, seed: SEED });
  }, 120_000);

  it('rest once they have settled: nothing of them is started any more', async () => {
    const rested = ({ taskId, status, steps }: TaskView) => ({
      taskId,
      status,
      steps: steps!.map((one) => `${one.name} ${one.status} ${one.attempts}`),
    });
    for (const fleet of fleets) {
      const now = await Promise.all(fleet.seen.map(({ taskId }) => fleet.look(taskId)));
      expect(now.map(rested)).toEqual(fleet.seen.map(rested));
    }
  });

  it('leave an audit that is legal for every step, and counters that a recount confirms', async () => {
    let tasks = 0;
    for (const { database } of fleets) tasks += (await expectInvariants(database.url)).tasks.length;
    expect(tasks).toBeGreaterThanOrEqual(GRAPHS);
  }, 30_000);
});
