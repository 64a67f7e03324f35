import { StepHandlerRegistry } from 'nest-tasker';
import { TaskerTestingModule } from 'nest-tasker/testing';
import { exampleModules } from './index.js';

describe('the examples', () => {
  it.each(['development', 'test'])('run side by side in %s', async (environment) => {
    const tasker = await TaskerTestingModule.create({ imports: exampleModules, environment });
    try {
      const { taskId } = await tasker.runTask({ name: 'api_integration_task', context: { cart_id: 3 } });
      expect(await tasker.look(taskId)).toMatchObject({ status: 'complete' });
      expect(tasker.get(StepHandlerRegistry).names()).toEqual(
        expect.arrayContaining(['ValidateCartHandler', 'PaymentProcessingStepHandler', 'CheckoutValidateCartHandler']),
      );
    } finally {
      await tasker.close();
    }
  });
});
