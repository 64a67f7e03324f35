import { PermanentError, StepHandler, type ApiRequest, type ApiResponse, type StepContext } from 'nest-tasker';
import type { Receipt } from '../backend/checkout-backend.service.js';
import type { CheckoutContext } from '../checkout-context.js';
import { CheckoutStepHandler, leftBy } from './checkout.step-handler.js';
import type { CheckoutOrder } from './create-order.step-handler.js';

export interface CheckoutConfirmation {
  email_sent: true;
  recipient: string;
  message_id: string;
}

/** Tells the customer that the order is taken. */
@StepHandler('checkout.send_confirmation')
export class CheckoutSendConfirmationHandler extends CheckoutStepHandler<CheckoutConfirmation> {
  protected override request(context: StepContext<CheckoutContext>, configured: ApiRequest): ApiRequest {
    const { order_id, total_amount } = leftBy<CheckoutOrder>(context, 'create_order');
    const body = { to: recipientOf(context), template: 'order_confirmation', order_id, total_amount };
    return { ...configured, url: '/emails', method: 'POST', body };
  }

  protected override onResponse(
    { body }: ApiResponse<Receipt>,
    context: StepContext<CheckoutContext>,
  ): CheckoutConfirmation {
    return { email_sent: true, recipient: recipientOf(context), message_id: body.id };
  }
}

function recipientOf({ task }: StepContext<CheckoutContext>): string {
  const { customer_email } = task.context;
  if (customer_email) return customer_email;
  throw new PermanentError('The customer has no e-mail address', {
    errorCode: 'MISSING_EMAIL',
    errorCategory: 'validation',
  });
}
