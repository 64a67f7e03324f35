import { mermaid } from '../../src/client/mermaid.js';
import type { TemplateDefinition } from '../../src/core/template-definition.js';
import { HandWorker, request, startClient } from '../support/client-parts.js';

const STEPS = 1695;
/** Wide and deep: every step depends on up to three that stand before it, as in real scientific workflows. */
const LARGE: TemplateDefinition = {
  namespace: 'shop',
  name: 'large',
  version: '1.0.0',
  step_templates: Array.from({ length: STEPS }, (_, n) => ({
    name: `step_${n}`,
    handler_class: 'Work',
    depends_on_steps: [
      ...new Set([1, 7, 40].map((back) => n - back).filter((parent) => parent >= 0 && n % 5 !== 0)),
    ].map((parent) => `step_${parent}`),
  })),
};

let parts: Awaited<ReturnType<typeof startClient>>;
beforeAll(async () => {
  parts = await startClient([LARGE]);
});
afterAll(() => parts.end());

describe(`a task of ${STEPS} steps`, () => {
  it('is created, run, listed, read whole and drawn', async () => {
    const created = await parts.client.createTask(request({ name: 'large' }));
    expect(Object.values(created.stepCounts).reduce((sum, n) => sum + n)).toBe(STEPS);
    expect(await parts.client.getTask(created.taskId)).toEqual(created);

    const worker = await HandWorker.start(parts.database);
    expect(await worker.runAll()).toEqual([created.taskId]);
    const { tasks } = await parts.client.listTasks({ name: 'large' });
    expect(tasks).toMatchObject([{ status: 'complete', completionPercentage: 100, stepCounts: { complete: STEPS } }]);

    const task = await parts.client.getTask(created.taskId, { include: ['attempts', 'transitions'] });
    expect(task.steps!.every(({ attemptHistory }) => attemptHistory!.length === 1)).toBe(true);
    expect(task.transitions).toHaveLength(3 + 3 * STEPS);
    const order = new Map(task.transitions!.map(({ step, to }, n) => [`${step} ${to}`, n]));
    for (const { name, dependsOn } of task.steps!) {
      for (const parent of dependsOn) expect(order.get(`${parent} complete`)).toBeLessThan(order.get(`${name} ready`)!);
    }
    expect(task.transitions!.at(-1)).toMatchObject({ step: null, to: 'complete' });

    const diagram = await parts.client.getDiagram(created.taskId);
    expect(diagram.nodes).toHaveLength(STEPS);
    expect(diagram.nodes[1]).toMatchObject({ name: 'step_1', status: 'complete', level: 1 });
    const names = new Map(diagram.nodes.map(({ id, level }) => [id, level]));
    expect(diagram.edges.every(({ from, to }) => names.get(from)! < names.get(to)!)).toBe(true);
    expect(mermaid(diagram).split('\n')).toHaveLength(1 + STEPS + diagram.edges.length + 1 + 1);
  });
});
