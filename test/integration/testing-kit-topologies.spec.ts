import { topology, TaskerTestingModule, TOPOLOGIES, type TaskerTesting } from '../../src/testing/index.js';

describe('topologies', () => {
  let tasker: TaskerTesting;
  beforeAll(async () => {
    tasker = await TaskerTestingModule.create();
  });
  afterAll(() => tasker.close());

  it('have as many steps as they are known for', () => {
    const sizes = TOPOLOGIES.map((name) => [name, topology(name).template.step_templates.length]);
    expect(Object.fromEntries(sizes)).toEqual({ linear: 6, diamond: 7, parallel_merge: 7, tree: 8, mixed: 9 });
  });

  it.each(TOPOLOGIES)('%s completes through its failures, each step once', async (name) => {
    const { template, mockHandlers, handlers, failures } = topology(name);
    await tasker.addTemplates([template], mockHandlers);
    const task = await tasker.runTask({ name: template.name, namespace: 'topologies' });
    expect(task.status).toBe('complete');
    const expected = template.step_templates.map((step) => [step.name, 1 + (failures[step.name] ?? 0)]);
    expect(task.attempts).toEqual(Object.fromEntries(expected));
    for (const { name: step, depends_on_steps: parents = [] } of template.step_templates) {
      expect(handlers[step]!.calls.filter(({ error }) => error === undefined)).toHaveLength(1);
      const begun = task.step(step).attemptHistory!.at(-1)!.startedAt!.getTime();
      for (const parent of parents) expect(task.step(parent).completedAt!.getTime()).toBeLessThanOrEqual(begun);
    }
  });

  it('fail where they are made to', async () => {
    const { template, mockHandlers } = topology('diamond', { branch_two_process: 3 });
    await tasker.addTemplates([template], mockHandlers);
    const task = await tasker.runTask({ name: template.name, namespace: 'topologies' });
    expect(task.status).toBe('error');
    expect(task.statuses).toMatchObject({
      branch_one_validate: 'complete',
      branch_two_process: 'error',
      merge_branches: 'pending',
    });
  });

  it('say which steps they have', () => {
    expect(() => topology('linear', { proces_data: 1 })).toThrow(/has no step proces_data; it has initialize_data, /);
  });
});
