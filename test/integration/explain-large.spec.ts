import type { TemplateDefinition } from '../../src/core/template-definition.js';
import { HandWorker, request, startClient } from '../support/client-parts.js';

const STEPS = 1695;
/** Wide and deep: every step depends on up to three that stand before it, as in real scientific workflows. */
const LARGE: TemplateDefinition = {
  name: 'large',
  step_templates: Array.from({ length: STEPS }, (_, n) => ({
    name: `step_${n}`,
    handler_class: 'Work',
    depends_on_steps: [
      ...new Set([1, 7, 40].map((back) => n - back).filter((parent) => parent >= 0 && n % 5 !== 0)),
    ].map((parent) => `step_${parent}`),
  })),
};
const ROOTS = Math.ceil(STEPS / 5);

let parts: Awaited<ReturnType<typeof startClient>>;
beforeAll(async () => {
  parts = await startClient([LARGE]);
});
afterAll(() => parts.end());

describe(`the explanation of a task of ${STEPS} steps`, () => {
  it('says one reason once, and first of the steps those that hold the others', async () => {
    const { taskId } = await parts.client.createTask(request({ namespace: 'default', name: 'large' }));
    const idle = await parts.client.explain(taskId);
    expect(idle.reasons).toMatchObject([{ kind: 'no_worker', stepCount: ROOTS, holds: STEPS - ROOTS }]);
    expect(idle.reasons[0]!.steps).toHaveLength(10);

    const worker = await HandWorker.start(parts.database);
    const [first, second] = await worker.claim(2);
    await worker.fail(first!, null, 'no stock');
    const explanation = await parts.client.explain(taskId);
    expect(explanation.reasons.map(({ kind, stepCount }) => [kind, stepCount])).toEqual([
      ['failed', 1],
      ['worker', ROOTS - 2],
      ['running', 1],
    ]);
    expect(explanation.steps).toHaveLength(100);
    expect(explanation.steps[0]).toMatchObject({ name: `step_${first!.stepNo}`, status: 'error' });
    expect(explanation.stepsLeftOut).toBe(STEPS - 100);

    const whole = await parts.client.explain(taskId, { limit: 2_000 });
    expect(whole.steps).toHaveLength(STEPS);
    expect(whole.steps.findIndex(({ status }) => status === 'pending')).toBe(ROOTS);
    expect(whole.steps.every(({ reasons }) => reasons.length > 0)).toBe(true);
    const views = await parts.client.getSteps(taskId);
    const byName = new Map(whole.steps.map((step) => [step.name, step.reasons[0]!.detail]));
    const waiting = views.filter(({ waitingFor }) => waitingFor !== null);
    expect(waiting).toHaveLength(STEPS - (ROOTS - 2) - 1);
    for (const { name, waitingFor } of waiting) expect(waitingFor!.detail).toBe(byName.get(name));
    await worker.complete(second!);
  });
});
