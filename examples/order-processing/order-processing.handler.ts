import {
  TaskHandler,
  type JsonObject,
  type RequestWith,
  type StepView,
  type TaskHandlerContract,
  type TaskView,
} from 'nest-tasker';
import type { OrderContext } from './order-context.js';
import type { OrderResult } from './step-handlers/create-order.step-handler.js';

const FOR_TIER = { standard: 0, premium: 40, enterprise: 60 };
const FOR_SPEED = { standard: 0, express: 20, overnight: 30 };

/** What concerns an order as a whole: who is served first, and what operators see of it. */
@TaskHandler({ name: 'process_order', namespace: 'ecommerce' })
export class OrderProcessingHandler implements TaskHandlerContract<OrderContext> {
  /** Good customers and urgent orders go first, unless the request says itself how urgent it is. */
  beforeInitialize(request: RequestWith<OrderContext>): RequestWith<OrderContext> {
    const { customer_info, priority = 'standard' } = request.context;
    const wanted = (FOR_TIER[customer_info?.tier ?? 'standard'] ?? 0) + (FOR_SPEED[priority] ?? 0);
    return { ...request, priority: request.priority ?? wanted };
  }

  annotate(task: TaskView, steps: readonly StepView[]): JsonObject {
    const order = steps.find(({ name }) => name === 'create_order')?.results as OrderResult | null | undefined;
    const failed = steps.filter(({ status }) => status === 'error').map(({ name }) => name);
    return {
      outcome: task.status === 'complete' ? 'order_confirmed' : 'order_stopped',
      ...(order ? { order_number: order.order_number, total: order.total_amount } : {}),
      ...(failed.length > 0 ? { stopped_at: failed } : {}),
    };
  }
}
