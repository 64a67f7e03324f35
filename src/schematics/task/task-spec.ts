import type { PlannedTask } from './planned-task.js';

export function taskSpec(task: PlannedTask): string {
  const { name, namespace, isInDefault, steps } = task;
  const moduleName = `${task.fullName.pascal}Module`;
  const inNamespace = isInDefault ? '' : `, namespace: '${namespace}'`;
  const last = steps.at(-1)!;
  const from = last.parents.length > 0 ? `, from: [${last.parents.map(() => "'42'").join(', ')}]` : '';
  return `\
import { TaskerTestingModule, type TaskerTesting } from 'nest-tasker/testing';
import { ${moduleName} } from '${task.element.specifier(task.specFile, task.moduleFile)}';

describe('the task ${name.snake}', () => {
  let tasker: TaskerTesting;

  // the first start makes a database
  beforeAll(async () => {
    tasker = await TaskerTestingModule.create({ imports: [${moduleName}] });
  }, 60_000);
  afterAll(() => tasker?.close());

  it('runs every step once, and leaves their results', async () => {
    const task = await tasker.runTask({ name: '${name.snake}'${inNamespace}, context: { id: '42' } });
    expect(task.status).toBe('complete');
    expect(task.attempts).toEqual({ ${steps.map((step) => `${step.name.snake}: 1`).join(', ')} });
    expect(task.results('${last.name.snake}')).toEqual({ id: '42'${from} });
  });

  it('is not created without what its schema asks for', async () => {
    await expect(tasker.runTask({ name: '${name.snake}'${inNamespace}, context: {} })).rejects.toThrow('id');
  });
});
`;
}
