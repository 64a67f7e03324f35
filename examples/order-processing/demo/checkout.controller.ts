import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { TaskerClient, type JsonObject, type StepView, type TaskView } from 'nest-tasker';
import { sampleProducts } from '../shop/products.js';
import type { ConfirmationResult } from '../step-handlers/send-order-confirmation.step-handler.js';
import type { OrderResult } from '../step-handlers/create-order.step-handler.js';

/** What a customer is told. */
export interface CheckoutStatus {
  checkout_id: string;
  status: 'processing' | 'waiting' | 'confirmed' | 'stopped';
  completed_steps: string[];
  current_step: string | null;
  order: OrderResult | null;
  confirmation_sent: boolean;
  /** Why the checkout has stopped, or what it waits for. */
  problem: { step: string; code: string | null; next_retry_at: string | null } | null;
}

/** A shop's front: takes checkouts, tells what becomes of them, and lets those go on that have stopped. */
@Controller('demo/checkout')
export class CheckoutController {
  constructor(private readonly tasker: TaskerClient) {}

  @Get('products')
  products() {
    return { products: sampleProducts() };
  }

  /** @param context - what the template's schema asks for; anything else is refused with 422 */
  @Post()
  @HttpCode(202)
  async create(@Body() context: JsonObject): Promise<{ checkout_id: string; status_url: string }> {
    const { taskId } = await this.tasker.createTask({
      ...{ namespace: 'ecommerce', name: 'process_order', version: '1.0.0' },
      context,
      initiator: 'checkout',
      reason: 'A customer checks out',
      sourceSystem: 'web_shop',
    });
    return { checkout_id: taskId, status_url: `/demo/checkout/${taskId}` };
  }

  @Get(':id')
  async status(@Param('id') id: string): Promise<CheckoutStatus> {
    return statusOf(await this.tasker.getTask(id, { include: ['steps'] }));
  }

  /** Goes on from the step that failed, once what was wrong is mended. */
  @Post(':id/retry')
  @HttpCode(202)
  async retry(@Param('id') id: string): Promise<CheckoutStatus> {
    await this.tasker.retryTask(id, { actor: 'customer_service', reason: 'Retried at the shop’s front' });
    return this.status(id);
  }

  @Get(':id/workflow')
  async workflow(@Param('id') id: string) {
    const { fullName, status, steps, completionPercentage } = await this.tasker.getTask(id, { include: ['steps'] });
    return {
      workflow: fullName,
      status,
      completion_percentage: completionPercentage,
      steps: (steps ?? []).map(({ name, status: state, attempts, retryLimit, dependsOn, completedAt }) => ({
        name,
        status: state,
        attempts,
        retry_limit: retryLimit,
        depends_on: dependsOn,
        completed_at: completedAt,
      })),
    };
  }
}

function statusOf({ taskId, status, steps = [] }: TaskView): CheckoutStatus {
  const results = <T>(name: string) => (steps.find((step) => step.name === name)?.results ?? null) as T | null;
  const unfinished = steps.find((step) => step.status !== 'complete');
  const waits = unfinished?.status === 'waiting_for_retry' || unfinished?.waitingFor?.kind === 'circuit';
  return {
    checkout_id: taskId,
    status: status === 'complete' ? 'confirmed' : waits ? 'waiting' : isOpen(status) ? 'processing' : 'stopped',
    completed_steps: steps.filter((step) => step.status === 'complete').map(({ name }) => name),
    current_step: unfinished?.name ?? null,
    order: results<OrderResult>('create_order'),
    confirmation_sent: results<ConfirmationResult>('send_confirmation')?.email_sent ?? false,
    problem: problemOf(unfinished),
  };
}

const isOpen = (status: TaskView['status']): boolean => status === 'pending' || status === 'in_progress';

function problemOf(step: StepView | undefined): CheckoutStatus['problem'] {
  if (!step?.error) return null;
  // its message names systems that are none of a customer's business
  return { step: step.name, code: step.error.errorCode, next_retry_at: step.nextRetryAt?.toISOString() ?? null };
}
