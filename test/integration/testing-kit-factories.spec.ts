import { PermanentError, STEP_STATES, TASK_STATES } from '../../src/index.js';
import { TaskerTestingModule, type TaskerTesting } from '../../src/testing/index.js';

describe('factories', () => {
  let tasker: TaskerTesting;

  beforeAll(async () => {
    tasker = await TaskerTestingModule.create({
      templates: [
        {
          name: 'chain',
          step_templates: [
            { name: 'first', handler_class: 'work' },
            { name: 'second', handler_class: 'work', depends_on_step: 'first', skippable: true },
            { name: 'third', handler_class: 'work', depends_on_step: 'second' },
          ],
        },
      ],
      mockHandlers: { work: ({ step }) => ({ by: step.name }) },
    });
  });
  afterAll(() => tasker.close());
  afterEach(() => tasker.cleanup());

  describe('createFoundation', () => {
    it('makes a template whose tasks the application runs', async () => {
      const foundation = await tasker.createFoundation({
        namespace: 'payments',
        taskName: 'charge',
        stepName: 'authorize',
        handler: ({ task }) => ({ charged: task.context.amount }),
      });
      const task = await tasker.runTask({ namespace: 'payments', name: 'charge', context: { amount: 5 } });
      expect(task).toMatchObject({ status: 'complete', fullName: 'payments.charge@0.1.0' });
      expect(task.results('authorize')).toEqual({ charged: 5 });
      expect(foundation.handler.lastCall).toMatchObject({ step: 'authorize', context: { amount: 5 } });
    });

    it('takes further keys of the template, and says which are wrong', async () => {
      await expect(tasker.createFoundation({ step: { timeout_seconds: -1 } })).rejects.toMatchObject({
        code: 'template_invalid',
        message: expect.stringContaining('timeout_seconds'),
      });
    });
  });

  describe('createTask', () => {
    it.each(TASK_STATES)('makes a task that is %s, of a new template', async (state) => {
      const task = await tasker.createTask({ state, context: { key: 'value' }, tags: ['test'] });
      expect(task).toMatchObject({ status: state, context: { key: 'value' }, tags: ['test'], namespace: 'test' });
    });

    it.each(TASK_STATES)('makes a task that is %s, of a template of the application', async (state) => {
      const task = await tasker.createTask({ name: 'chain', state });
      expect(task).toMatchObject({ status: state, name: 'chain' });
    });

    it('lets the application run a task that no state is asked for', async () => {
      const { taskId } = await tasker.createTask({ name: 'chain' });
      expect(await tasker.finished(taskId)).toMatchObject({ status: 'complete' });
    });

    it('has the step fail that is named, with the error that is given', async () => {
      const error = new PermanentError('no cover', { errorCode: 'NO_COVER' });
      const task = await tasker.createTask({ name: 'chain', state: 'error', failedStep: 'third', error });
      expect(task.statuses).toEqual({ first: 'complete', second: 'complete', third: 'error' });
      expect(task.step('third').error).toMatchObject({ errorCode: 'NO_COVER' });
    });

    it('leaves what is asked for where steps complete', async () => {
      const task = await tasker.createTask({ name: 'chain', state: 'complete', results: { first: { id: 1 } } });
      expect(task.results('first')).toEqual({ id: 1 });
    });

    it('keeps a pending task until it is resumed, and then lets steps wait for what the test says', async () => {
      const { taskId } = await tasker.createTask({ name: 'chain', state: 'pending' });
      await tasker.createWorkflowStep({ taskId, name: 'first', state: 'complete', results: { id: 2 } });
      const task = await tasker.look(taskId);
      expect(task.results('first')).toEqual({ id: 2 });
      await tasker.createWorkflowStep({ taskId, name: 'third', state: 'in_progress' });
      expect((await tasker.look(taskId)).statuses).toEqual({
        first: 'complete',
        second: 'complete',
        third: 'in_progress',
      });
    });

    it('lets other tasks live through hours beside one that is kept in progress', async () => {
      const { taskId } = await tasker.createTask({ state: 'in_progress' });
      await tasker.runTask({ name: 'chain', runAt: new Date(tasker.time.now().getTime() + 86_400_000) });
      expect(await tasker.look(taskId)).toMatchObject({ status: 'in_progress', attempts: { test_step: 1 } });
    });
  });

  describe('createWorkflowStep', () => {
    it.each(STEP_STATES)('makes a step that is %s', async (state) => {
      const step = await tasker.createWorkflowStep({ name: 'charge', state });
      expect(step).toMatchObject({ name: 'charge', status: state });
    });

    it('has made as many attempts as are asked for', async () => {
      const step = await tasker.createWorkflowStep({ state: 'waiting_for_retry', attempts: 2, retryAfterSeconds: 600 });
      expect(step).toMatchObject({ status: 'waiting_for_retry', attempts: 2, error: { retryable: true } });
      const dueIn = step.nextRetryAt!.getTime() - tasker.time.now().getTime();
      expect(dueIn).toBeGreaterThan(590_000);
      expect(dueIn).toBeLessThanOrEqual(600_000);
    });

    it('gives a step of a task other inputs', async () => {
      const { taskId } = await tasker.createTask({ name: 'chain', state: 'pending' });
      const step = await tasker.createWorkflowStep({ taskId, name: 'second', inputs: { param: 'value' } });
      expect(step).toMatchObject({ status: 'pending', inputs: { param: 'value' } });
    });

    it('says why it cannot', async () => {
      const running = await tasker.createTask({ name: 'chain' });
      await expect(tasker.createWorkflowStep({ taskId: running.taskId, state: 'error' })).rejects.toThrow(
        /was not made by createTask\(\{ state: 'pending' \| 'in_progress' \}\)/,
      );
      await expect(tasker.createWorkflowStep({ taskId: running.taskId, name: 'frist' })).rejects.toThrow(
        /has no step "frist"\. Did you mean "first"\?/,
      );
    });
  });
});
