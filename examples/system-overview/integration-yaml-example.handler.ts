import { TaskHandler, type JsonObject, type StepView, type TaskHandlerContract, type TaskView } from 'nest-tasker';
import type { PlacedOrder } from '../api-integration/step-handlers/create-order.step-handler.js';

/** The task handler that the template names: it puts the order on the task. */
@TaskHandler({ name: 'api_task/integration_yaml_example' })
export class IntegrationYamlExample implements TaskHandlerContract {
  annotate(_task: TaskView, steps: readonly StepView[]): JsonObject | null {
    const order = steps.find(({ name }) => name === 'create_order')?.results as PlacedOrder | null | undefined;
    return order ? { order_id: order.order_id, total: order.total, discounted_total: order.discounted_total } : null;
  }
}
