import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StepContext, StepDefinition, TemplateDefinition } from '../../src/index.js';
import { mermaid } from '../../src/client/mermaid.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { Engine } from '../support/engine.js';
import { expectInvariants } from '../support/invariants.js';

const DAGS = join(__dirname, '..', '..', '..', 'shared', 'dags');
const HANDLER = 'dags.work';
const PATIENCE_MS = 60_000;

interface Dag {
  name: string;
  tasks: { id: string; parents: string[] }[];
}

/** Graphs of real workflows, where they are at hand. */
const real: Dag[] = existsSync(DAGS)
  ? readdirSync(DAGS)
      .filter((file) => file.endsWith('.json'))
      .sort()
      .map((file) => JSON.parse(readFileSync(join(DAGS, file), 'utf8')) as Dag)
  : [];

/** Made ones that are as wide, as deep and as large. */
const made = [fan('made-join-of-1000', 1_000, 1), fan('made-lanes', 423, 4), ladder('made-ladder', 40, 10)];

const dags = [...real, ...made];

/** root → `width` lanes of `length` steps each → merge → end */
function fan(name: string, width: number, length: number): Dag {
  const lane = (n: number) =>
    Array.from({ length }, (_, depth) => ({
      id: `s${n}.${depth}`,
      parents: [depth === 0 ? 'root' : `s${n}.${depth - 1}`],
    }));
  const lanes = Array.from({ length: width }, (_, n) => lane(n));
  return {
    name,
    tasks: [
      { id: 'root', parents: [] },
      ...lanes.flat(),
      { id: 'merge', parents: lanes.map((steps) => steps.at(-1)!.id) },
      { id: 'end', parents: ['merge'] },
    ],
  };
}

/** `depth` rungs of `width` steps, each of which waits for all of the rung before. */
function ladder(name: string, depth: number, width: number): Dag {
  const rung = (level: number) => Array.from({ length: width }, (_, n) => `s${level}.${n}`);
  const tasks = Array.from({ length: depth }, (_, level) =>
    rung(level).map((id) => ({ id, parents: level === 0 ? [] : rung(level - 1) })),
  );
  return { name, tasks: tasks.flat() };
}

const stepOf = ({ id, parents }: Dag['tasks'][number]): StepDefinition => ({
  name: id,
  handler_class: HANDLER,
  depends_on_steps: parents,
});

const templateOf = ({ name, tasks }: Dag): TemplateDefinition => ({ name, step_templates: tasks.map(stepOf) });

const largest = dags.reduce((a, b) => (a.tasks.length >= b.tasks.length ? a : b));

/** What the handlers saw of one task: when each step began and ended, as places in one count of all such moments. */
class Sightings {
  private moment = 0;
  readonly began = new Map<string, number[]>();
  readonly ended = new Map<string, number>();

  /** Sees that the results of all parents are there before the step begins. */
  async watch({ task, step, sequence }: StepContext, parents: string[]): Promise<{ from: string }> {
    const key = `${task.taskId} ${step.name}`;
    this.began.set(key, [...(this.began.get(key) ?? []), this.moment++]);
    for (const parent of parents) {
      if (sequence.results<{ from: string }>(parent).from !== parent) throw new Error(`a wrong result of ${parent}`);
    }
    await new Promise((resolve) => setImmediate(resolve));
    this.ended.set(key, this.moment++);
    return { from: step.name };
  }
}

describe('graphs of the size of real workflows', () => {
  let database: TestDatabase;
  let workers: Engine[];
  let taskIds: Map<string, string>;
  const sightings = new Sightings();
  const parentsOf = new Map(
    dags.map(({ name, tasks }) => [name, new Map(tasks.map(({ id, parents }) => [id, parents]))]),
  );

  beforeAll(async () => {
    database = await createTestDatabase();
    const options = {
      templates: dags.map(templateOf),
      handlers: {
        [HANDLER]: (context: StepContext) =>
          sightings.watch(context, parentsOf.get(context.task.name)!.get(context.step.name)!),
      },
      worker: { slots: 50, silentMs: 30_000 },
    };
    workers = [await new Engine(database.url, options).start(), await new Engine(database.url, options).start()];
    // All at once: steps of all of them meet in the same batches.
    const tasks = await Promise.all(dags.map(async ({ name }) => [name, await workers[0]!.create(name)] as const));
    taskIds = new Map(tasks.map(([name, { taskId }]) => [name, taskId]));
    await Promise.all(tasks.map(([, { taskId }]) => workers[0]!.client.waitFor(taskId, { timeoutMs: PATIENCE_MS })));
  }, 2 * PATIENCE_MS);

  afterAll(async () => {
    for (const worker of workers ?? []) await worker.stop();
    await database?.drop();
  });

  it.each(dags.map(({ name, tasks }) => [name, tasks.length] as const))(
    'run to completion: %s, %i steps',
    async (name, steps) => {
      const task = await workers[0]!.client.getTask(taskIds.get(name)!);
      expect(task).toMatchObject({ status: 'complete', completionPercentage: 100, stepCounts: { complete: steps } });
    },
  );

  it('run every step once, after the ends of all of its parents', () => {
    const early = dags.flatMap(({ name, tasks }) =>
      tasks.flatMap(({ id, parents }) => {
        const [begin, ...again] = sightings.began.get(`${taskIds.get(name)!} ${id}`)!;
        const late = parents.filter((parent) => sightings.ended.get(`${taskIds.get(name)!} ${parent}`)! > begin!);
        return [...again.map(() => `${name}: ${id} again`), ...late.map((parent) => `${name}: ${id} before ${parent}`)];
      }),
    );
    expect(early).toEqual([]);
  });

  it('lose no decrement, and leave an audit that is legal for every step', async () => {
    const { tasks } = await expectInvariants(database.url);
    expect(tasks).toHaveLength(dags.length);
  });

  describe(`the largest of them, of ${largest.tasks.length} steps`, () => {
    it('is listed with all of its steps', async () => {
      const { tasks } = await workers[1]!.client.listTasks({ name: largest.name });
      expect(tasks).toEqual([expect.objectContaining({ taskId: taskIds.get(largest.name), status: 'complete' })]);
      const steps = await workers[1]!.client.getSteps(taskIds.get(largest.name)!, { include: ['attempts'] });
      expect(steps.map(({ name }) => name)).toEqual(largest.tasks.map(({ id }) => id));
      expect(steps.every(({ status, attemptHistory }) => status === 'complete' && attemptHistory!.length === 1)).toBe(
        true,
      );
    });

    it('is drawn with all of its nodes and edges', async () => {
      const diagram = await workers[1]!.client.getDiagram(taskIds.get(largest.name)!);
      expect(diagram.nodes).toHaveLength(largest.tasks.length);
      expect(diagram.edges).toHaveLength(largest.tasks.reduce((sum, { parents }) => sum + parents.length, 0));
      const lines = mermaid(diagram).split('\n');
      expect(lines.length).toBeGreaterThan(diagram.nodes.length + diagram.edges.length);
    });

    it('tells its transitions in the order in which things happened', async () => {
      const transitions = await workers[1]!.client.getTransitions(taskIds.get(largest.name)!);
      const place = (step: string, to: string): number =>
        transitions.findIndex((move) => move.step === step && move.to === to);
      expect(transitions.filter(({ to, step }) => step !== null && to === 'complete')).toHaveLength(
        largest.tasks.length,
      );
      expect(transitions.filter(({ to, step }) => step !== null && to === 'in_progress')).toHaveLength(
        largest.tasks.length,
      );
      const wrong = largest.tasks.filter(({ id, parents }) =>
        parents.some((parent) => place(parent, 'complete') > place(id, 'in_progress')),
      );
      expect(wrong).toEqual([]);
      expect(transitions[0]).toMatchObject({ step: null, from: null, to: 'pending' });
      expect(transitions.at(-1)).toMatchObject({ step: null, to: 'complete' });
    });
  });
});
