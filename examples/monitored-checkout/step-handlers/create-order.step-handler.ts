import { StepHandler, type ApiRequest, type ApiResponse, type StepContext } from 'nest-tasker';
import type { Receipt } from '../backend/checkout-backend.service.js';
import type { CheckoutContext } from '../checkout-context.js';
import { CheckoutStepHandler, leftBy } from './checkout.step-handler.js';
import type { CheckoutPayment } from './process-payment.step-handler.js';
import type { CheckoutReservation } from './update-inventory.step-handler.js';

export interface CheckoutOrder {
  order_id: string;
  status: 'confirmed';
  total_amount: number;
}

/** Enters the order that is paid for and reserved. */
@StepHandler('checkout.create_order')
export class CheckoutCreateOrderHandler extends CheckoutStepHandler<CheckoutOrder> {
  protected override request(context: StepContext<CheckoutContext>, configured: ApiRequest): ApiRequest {
    const { payment_id, amount } = leftBy<CheckoutPayment>(context, 'process_payment');
    const { reservation_id } = leftBy<CheckoutReservation>(context, 'update_inventory');
    const { customer_id } = context.task.context;
    const body = { customer_id, payment_id, reservation_id, total_amount: amount };
    return { ...configured, url: '/orders', method: 'POST', body };
  }

  protected override onResponse({ body }: ApiResponse<Receipt>, context: StepContext<CheckoutContext>): CheckoutOrder {
    const { amount } = leftBy<CheckoutPayment>(context, 'process_payment');
    return { order_id: body.id, status: 'confirmed', total_amount: amount };
  }
}
