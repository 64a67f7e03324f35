import { PermanentError, StepHandler, type ApiRequest, type ApiResponse, type StepContext } from 'nest-tasker';
import type { Receipt } from '../backend/checkout-backend.service.js';
import type { CheckoutContext } from '../checkout-context.js';
import { CheckoutStepHandler, leftBy } from './checkout.step-handler.js';
import type { CheckoutPayment } from './process-payment.step-handler.js';

export interface CheckoutReservation {
  reservation_id: string;
  reserved: { sku: string; quantity: number }[];
}

/** Reserves what was paid for. */
@StepHandler('checkout.update_inventory')
export class CheckoutUpdateInventoryHandler extends CheckoutStepHandler<CheckoutReservation> {
  protected override request(context: StepContext<CheckoutContext>, configured: ApiRequest): ApiRequest {
    const { payment_id } = leftBy<CheckoutPayment>(context, 'process_payment');
    const body = { payment_id, items: itemsOf(context) };
    return { ...configured, url: '/reservations', method: 'POST', body };
  }

  protected override isSuccess(status: number): boolean {
    return super.isSuccess(status) || status === 409;
  }

  protected override onResponse(
    { status, body }: ApiResponse<Receipt & { message: string }>,
    context: StepContext<CheckoutContext>,
  ): CheckoutReservation {
    if (status === 409) {
      throw new PermanentError(body.message, { errorCode: 'OUT_OF_STOCK', errorCategory: 'inventory' });
    }
    return { reservation_id: body.id, reserved: itemsOf(context) };
  }
}

const itemsOf = ({ task }: StepContext<CheckoutContext>) =>
  task.context.cart_items.map(({ sku, quantity }) => ({ sku, quantity }));
