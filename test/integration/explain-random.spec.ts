import fc from 'fast-check';
import type { Remedy, RemedyAction, TemplateDefinition } from '../../src/index.js';
import type { AttemptKey } from '../../src/persistence/stores/attempts.js';
import { HandWorker, request, startClient } from '../support/client-parts.js';

/** Parents of each of six steps, each before it. */
const EDGES = [[], [], [0], [0, 1], [2, 3], [1]];
const template = (name: string, more: Partial<TemplateDefinition> = {}): TemplateDefinition => ({
  name,
  step_templates: EDGES.map((parents, n) => ({
    name: `s${n}`,
    handler_class: 'Work',
    depends_on_steps: parents.map((parent) => `s${parent}`),
  })),
  ...more,
});
const NAMES = ['free', 'strict', 'line', 'permits'];
const TEMPLATES = [
  template('free'),
  template('strict', { workflow_config: { failure_strategy: 'stop_on_first_failure' } }),
  template('line', { workflow_config: { execution_mode: 'sequential' } }),
  template('permits', { performance: { concurrency: { max_concurrent_steps: 1, max_concurrent_tasks: 1 } } }),
];

let parts: Awaited<ReturnType<typeof startClient>>;
beforeAll(async () => {
  parts = await startClient(TEMPLATES);
});
afterAll(() => parts.end());

const FINISHED = ['complete', 'resolved_manually', 'skipped', 'cancelled'];

/** Everything that is said is there, and said in the same words where it is said twice. */
async function expectExplained(taskId: string): Promise<Remedy[]> {
  // the client has it done in the background
  await parts.database.call('admit_steps', [[taskId]]);
  const explanation = await parts.client.explain(taskId);
  const task = await parts.client.getTask(taskId, { include: ['steps'] });
  expect(explanation.reasons).not.toEqual([]);
  expect(explanation.status).toBe(task.status);
  const unfinished = task.steps!.filter(({ status }) => !FINISHED.includes(status));
  expect(explanation.steps.map(({ name }) => name).sort()).toEqual(unfinished.map(({ name }) => name).sort());
  for (const step of explanation.steps) {
    expect({ step: step.name, why: step.reasons }).not.toEqual({ step: step.name, why: [] });
    const view = task.steps!.find(({ name }) => name === step.name)!;
    const [first] = step.reasons;
    const waits = view.status !== 'in_progress' && first!.kind !== 'worker';
    expect({ step: step.name, detail: view.waitingFor?.detail }).toEqual({
      step: step.name,
      detail: waits ? first!.detail : undefined,
    });
  }
  return [...explanation.whatMovesIt, ...explanation.steps.flatMap((step) => step.whatMovesIt)].filter(
    ({ request: how }) => how !== null,
  );
}

type Apply = (taskId: string, step: string, body: Record<string, unknown>) => Promise<unknown>;

/** What the requests over HTTP come to. */
const VERBS: Partial<Record<RemedyAction, Apply>> = {
  resume: (taskId) => parts.client.resumeTask(taskId),
  retry: (taskId) => parts.client.retryTask(taskId),
  resolve: (taskId) => parts.client.resolveTask(taskId),
  retry_step: (taskId, step) => parts.client.retryStep(taskId, step),
  resolve_step: (taskId, step) => parts.client.resolveStep(taskId, step),
  complete_step: (taskId, step) => parts.client.completeStep(taskId, step, { results: {} }),
  skip_step: (taskId, step) => parts.client.skipStep(taskId, step),
  cancel_step: (taskId, step) => parts.client.cancelStep(taskId, step),
  raise_priority: (taskId, _step, { priority }) => parts.client.updateTask(taskId, { priority: priority as number }),
};

function apply(taskId: string, { action, request: how }: Remedy): Promise<unknown> {
  const step = /workflow_steps\/(.+)$/.exec(how!.path)?.[1] ?? '';
  return VERBS[action]!(taskId, step, how!.body);
}

const MOVES = ['claim', 'complete', 'fail', 'give_up', 'pause', 'remedy', 'remedy'] as const;

describe('whatever becomes of a task', () => {
  it('is explained at every moment, and what is said to move it is never refused', async () => {
    const lives = fc.record({
      name: fc.constantFrom(...NAMES),
      moves: fc.array(fc.tuple(fc.constantFrom(...MOVES), fc.nat({ max: 1_000 })), { minLength: 4, maxLength: 14 }),
    });
    await fc.assert(
      fc.asyncProperty(lives, async ({ name, moves }) => {
        await parts.rows('truncate tasker.task, tasker.step, tasker.transition, tasker.worker');
        const worker = await HandWorker.start(parts.database);
        const { taskId } = await parts.client.createTask(request({ namespace: 'default', name }));
        const running: AttemptKey[] = [];
        let remedies = await expectExplained(taskId);
        for (const [move, choice] of moves) {
          const [attempt] = running.splice(
            choice % Math.max(1, running.length),
            ['complete', 'fail', 'give_up'].includes(move) ? 1 : 0,
          );
          if (move === 'claim') running.push(...(await worker.claim(1)));
          else if (move === 'pause') await parts.client.pauseTask(taskId).catch(() => undefined);
          else if (move === 'remedy' && remedies.length > 0) await apply(taskId, remedies[choice % remedies.length]!);
          else if (attempt && move === 'complete') await worker.complete(attempt);
          else if (attempt && move !== 'remedy') await worker.fail(attempt, move === 'fail' ? 60_000 : null);
          remedies = await expectExplained(taskId);
        }
      }),
      { numRuns: 15 },
    );
  }, 60_000);
});
