import fc from 'fast-check';
import { isStepVerbLegal, type StepState, type StepVerb, type TaskVerb } from '../../../src/core/states.js';
import { expectInvariants } from '../../support/invariants.js';
import { SqlEngine, type Key, type Row, type SqlWorker } from '../../support/sql-engine.js';
import { SqlOperator } from '../../support/sql-operator.js';

const SEED = Number(process.env.TASKER_TEST_SEED ?? Date.now() % 2_147_483_648);
const RUNS = Number(process.env.TASKER_TEST_RUNS ?? 60);
const SATISFIED = ['complete', 'resolved_manually', 'skipped'];
const FINISHED = [...SATISFIED, 'cancelled'];

interface Graph {
  parents: number[][];
  stopsOnFirstFailure: boolean;
  skippable: boolean;
  limited: boolean;
}

type Move =
  | { kind: 'claim'; want: number }
  | { kind: 'complete' | 'fail' | 'retry later' | 'skip' | 'release'; which: number; handoff: number }
  | { kind: 'lose worker' }
  | { kind: 'expire' }
  | { kind: 'due' }
  | { kind: 'task'; verb: TaskVerb }
  | { kind: 'step'; verb: StepVerb; step: number };

const graph: fc.Arbitrary<Graph> = fc.integer({ min: 1, max: 7 }).chain((size) =>
  fc.record({
    parents: fc.tuple(
      ...Array.from({ length: size }, (_, place) =>
        place === 0 ? fc.constant<number[]>([]) : fc.uniqueArray(fc.nat(place - 1), { maxLength: Math.min(place, 3) }),
      ),
    ),
    stopsOnFirstFailure: fc.boolean(),
    skippable: fc.nat(3).map((n) => n === 3),
    limited: fc.nat(3).map((n) => n === 3),
  }),
);

/** More often what lets a task live on. */
const taskVerb = fc.constantFrom<TaskVerb>(
  'retry',
  'retry',
  'retry',
  'pause',
  'pause',
  'resume',
  'resume',
  'resolve',
  'update',
);
const stepVerb = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<StepVerb>('retry') },
  { weight: 5, arbitrary: fc.constantFrom<StepVerb>('resolve', 'complete') },
  { weight: 3, arbitrary: fc.constantFrom<StepVerb>('skip', 'cancel', 'update') },
);
const settlement = fc.constantFrom(
  'complete',
  'complete',
  'fail',
  'fail',
  'retry later',
  'retry later',
  'skip',
  'release',
);

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('claim' as const), want: fc.integer({ min: 1, max: 3 }) }) },
  {
    weight: 8,
    arbitrary: fc.record({ kind: settlement, which: fc.nat(6), handoff: fc.nat(2) }),
  },
  { weight: 1, arbitrary: fc.constantFrom<Move>({ kind: 'lose worker' }, { kind: 'expire' }, { kind: 'due' }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('task' as const), verb: taskVerb }) },
  { weight: 7, arbitrary: fc.record({ kind: fc.constant('step' as const), verb: stepVerb, step: fc.nat(6) }) },
);

/** One task, the workers that run it, and the operator that meddles. */
class Run {
  private constructor(
    private readonly engine: SqlEngine,
    private readonly operator: SqlOperator,
    readonly task: string,
    private worker: SqlWorker,
    private readonly graph: Graph,
  ) {}

  static async begin(engine: SqlEngine, graph: Graph): Promise<Run> {
    const { parents, stopsOnFirstFailure, skippable, limited } = graph;
    const limits = limited ? { max_steps: 2, max_task_steps: 1 } : undefined;
    const template = await engine.template(parents, {
      stopOnFirstFailure: stopsOnFirstFailure,
      skippable,
      limits,
      maxDurationMs: 3_600_000,
    });
    const task = await engine.task(template);
    return new Run(engine, SqlOperator.of(engine), task, await engine.worker(), graph);
  }

  async make(move: Move): Promise<void> {
    switch (move.kind) {
      case 'claim':
        await this.claim(move.want);
        return;
      case 'lose worker':
        await this.engine.silence(this.worker, 60_000);
        await this.engine.rows(`select * from rescue_workers(1, 3, 'gone')`);
        this.worker = await this.engine.worker();
        return;
      case 'expire':
        await this.engine.rows(
          `update task set deadline_at = now() - interval '1 s' where id = $1 and deadline_at is not null`,
          [this.task],
        );
        await this.engine.rows(`select * from expire_tasks('{"message":"late"}')`);
        return;
      case 'due':
        await this.engine.rows('update step set due_at = now() where task_id = $1 and due_at is not null', [this.task]);
        return;
      case 'task':
        await this.operator.task(move.verb, this.task);
        return;
      case 'step':
        await this.operator.step(move.verb, this.task, await this.stepFor(move.verb, move.step));
        return;
      case 'complete':
      case 'fail':
      case 'retry later':
      case 'skip':
      case 'release':
        await this.settle(move.kind, move.which, move.handoff);
    }
  }

  async check(): Promise<void> {
    // as a sweep does, where a step was given back to a task that has stopped
    await this.engine.rows('select * from settle_stalled_tasks()');
    const task = (await this.engine.rows('select * from task where id = $1', [this.task]))[0]!;
    const steps = await this.engine.rows('select * from step where task_id = $1 order by step_no', [this.task]);
    expect(wrong(task, steps, this.graph)).toEqual([]);
  }

  /** Whatever was done, one of these brings the task to an end that is a good one. */
  async bringToAnEnd(way: 'go on' | 'resolve' | 'cancel'): Promise<void> {
    if ((await this.row()).paused_at !== null) await this.operator.task('resume', this.task);
    if (way === 'cancel') await this.operator.task('cancel', this.task);
    for (let turn = 0; turn < 40; turn++) {
      await this.check();
      const { state } = await this.row();
      if (['complete', 'cancelled', 'resolved_manually'].includes(state as string)) return;
      if (state === 'error') {
        const { outcome } = await this.operator.task(way === 'resolve' ? 'resolve' : 'retry', this.task);
        expect(outcome).toBe('done');
        continue;
      }
      await this.make({ kind: 'due' });
      await this.claim(100);
      await this.worker.complete(await this.running());
      await this.engine.admit([this.task]);
    }
    throw new Error(`the task does not end: ${JSON.stringify(await this.row())}`);
  }

  /** Mostly one for which the verb is legal, if there is any. */
  private async stepFor(verb: StepVerb, which: number): Promise<number> {
    const states = await this.engine.states(this.task);
    const legal = states.flatMap((state, step) => (isStepVerbLegal(verb, state as StepState) ? [step] : []));
    return legal[which] ?? legal[0] ?? which % states.length;
  }

  private async row(): Promise<Row> {
    return (await this.engine.rows('select * from task where id = $1', [this.task]))[0]!;
  }

  private async claim(want: number): Promise<void> {
    await this.engine.admit([this.task]);
    await this.worker.claim(want);
  }

  private running(): Promise<Key[]> {
    return this.engine.rows<Key>(
      `select task_id, step_no, attempt from step where task_id = $1 and state = 'in_progress' order by step_no`,
      [this.task],
    );
  }

  private async settle(kind: string, which: number, handoff: number): Promise<void> {
    const running = await this.running();
    const key = running[which % Math.max(1, running.length)];
    if (!key) return;
    if (kind === 'complete') await this.worker.complete([key], { handoff });
    if (kind === 'fail') await this.worker.fail([key]);
    if (kind === 'retry later') await this.worker.fail([key], 60_000);
    if (kind === 'skip') await this.worker.advance([key], { to: 'skipped', cause: 'failed', results: [{}], handoff });
    if (kind === 'release') await this.worker.release([key]);
    // its worker did not hear of it, and says it again: nothing may come of it
    if (kind === 'complete') expect((await this.worker.complete([key])).accepted).toBe(0);
  }
}

/** Everything that does not hold of a task at rest between two transactions. */
function wrong(task: Row, steps: Row[], { parents }: Graph): string[] {
  const found: string[] = [];
  const say = (holds: boolean, what: string): unknown => holds || found.push(`${what} (task ${task.state})`);
  const states = steps.map(({ state }) => state as string);
  const isSatisfied = (step: number): boolean => SATISFIED.includes(states[step]!);
  const any = (...wanted: string[]): boolean => states.some((state) => wanted.includes(state));
  const settled = ['complete', 'resolved_manually', 'cancelled'].includes(task.state as string);

  const sinks = steps.filter(({ is_sink, state }) => is_sink && !SATISFIED.includes(state as string)).length;
  say(
    task.remaining_sinks === sinks || task.state === 'cancelled',
    `remaining_sinks ${task.remaining_sinks}, not ${sinks}`,
  );
  const failed = states.filter((state) => state === 'error' || state === 'cancelled').length;
  say(task.failed_steps === failed || task.state === 'cancelled', `failed_steps ${task.failed_steps}, not ${failed}`);
  say(
    (task.state === 'complete') === states.every((_, step) => isSatisfied(step)) || task.state === 'resolved_manually',
    'complete with its steps',
  );
  say(!settled || states.every((state) => FINISHED.includes(state)), 'has ended with open steps');
  say(
    task.state !== 'in_progress' || any('in_progress', 'ready', 'waiting_for_retry'),
    'goes on with nothing that moves',
  );
  say(task.state !== 'in_progress' || task.stopped_at === null || any('in_progress'), 'stands still');
  say(task.state !== 'pending' || any('ready'), 'waits with nothing to start');
  say(task.state !== 'error' || !any('in_progress'), 'is in error while a step runs');
  say(task.state !== 'error' || task.stopped_at !== null || any('error'), 'is in error without a failure');
  say(
    task.state !== 'error' || task.stopped_at !== null || !any('ready', 'waiting_for_retry'),
    'is in error while steps could go on',
  );

  steps.forEach(({ state, held, remaining_parents }, step) => {
    const open = ['pending', 'ready', 'waiting_for_retry', 'in_progress'].includes(state as string);
    const holds = task.paused_at !== null || task.stopped_at !== null;
    if (open) say(held === holds, `step ${step} is ${held ? '' : 'not '}held`);
    const waiting = parents[step]!.filter((parent) => !isSatisfied(parent)).length;
    if (state === 'pending') say(waiting > 0, `step ${step} waits for nothing`);
    if (!['cancelled', 'skipped'].includes(state as string)) {
      say(remaining_parents === waiting, `step ${step} waits for ${remaining_parents}, not ${waiting}`);
    }
  });
  return found;
}

describe('any verbs at any moment', () => {
  let engine: SqlEngine;
  beforeAll(async () => {
    engine = await SqlEngine.start();
  });
  afterAll(() => engine?.stop());

  it(`leave a task that is whole, and that each way brings to a sound end (seed ${SEED})`, async () => {
    const way = fc.constantFrom('go on' as const, 'go on' as const, 'resolve' as const, 'cancel' as const);
    const property = fc.asyncProperty(
      graph,
      fc.array(move, { minLength: 5, maxLength: 40, size: 'max' }),
      way,
      async (given, moves, end) => {
        const run = await Run.begin(engine, given);
        for (const move of moves) {
          await run.make(move);
          await run.check();
        }
        await run.bringToAnEnd(end);
      },
    );
    await fc.assert(property, { numRuns: RUNS, seed: SEED });
  }, 120_000);

  it('leave an audit that is legal for every step, and counters that a recount confirms', async () => {
    const history = await expectInvariants(engine['url']);
    expect(history.tasks.length).toBeGreaterThanOrEqual(RUNS);
  }, 30_000);
});
