import { StepHandler, type ApiRequest, type ApiResponse, type StepContext } from 'nest-tasker';
import { ServiceStepHandler } from '../../support/service-step-handler.js';
import type { OrderContext } from '../order-context.js';
import { EmailService, type NewMessage, type SentMessage } from '../shop/email.service.js';
import type { OrderResult } from './create-order.step-handler.js';
import { refusal, required } from '../../support/refusal.js';
import type { ValidatedCart } from './validate-cart.step-handler.js';

export interface ConfirmationResult {
  email_sent: true;
  recipient: string;
  email_type: 'order_confirmation';
  sent_at: string;
  message_id: string;
}

/** Sends the customer what was ordered, and for how much. */
@StepHandler('ecommerce.send_confirmation')
export class SendOrderConfirmationHandler extends ServiceStepHandler<OrderContext, ConfirmationResult> {
  constructor(protected readonly service: EmailService) {
    super();
  }

  protected override request(context: StepContext<OrderContext>, configured: ApiRequest): ApiRequest {
    return { ...configured, method: 'POST', body: messageOf(context) };
  }

  protected override onResponse(
    { body }: ApiResponse<SentMessage>,
    { task }: StepContext<OrderContext>,
  ): ConfirmationResult {
    return {
      email_sent: true,
      recipient: task.context.customer_info.email,
      email_type: 'order_confirmation',
      sent_at: body.sent_at,
      message_id: body.message_id,
    };
  }
}

function messageOf({ task, sequence }: StepContext<OrderContext>): NewMessage {
  const { customer_info: customer } = task.context;
  const email = required(customer?.email, 'MISSING_CUSTOMER_EMAIL', 'The customer has no e-mail address');
  if (!/^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(email)) {
    throw refusal('INVALID_EMAIL', 'The customer’s e-mail address is none');
  }
  const order = required(
    sequence.results<OrderResult | null>('create_order'),
    'MISSING_ORDER_RESULT',
    'create_order has left no result',
  );
  const cart = required(
    sequence.results<ValidatedCart | null>('validate_cart'),
    'MISSING_CART_VALIDATION',
    'validate_cart has left no result',
  );
  return {
    to: email,
    template: 'order_confirmation',
    variables: {
      customer_name: customer.name,
      order_number: order.order_number,
      items: cart.validated_items,
      subtotal: cart.subtotal,
      tax: cart.tax,
      shipping: cart.shipping,
      total: order.total_amount,
      estimated_delivery: order.estimated_delivery,
    },
  };
}
