import { PermanentError, StepHandler, type ApiRequest, type ApiResponse, type StepContext } from 'nest-tasker';
import type { Receipt } from '../backend/checkout-backend.service.js';
import type { CheckoutContext, ValidatedCheckout } from '../checkout-context.js';
import { CheckoutStepHandler, leftBy } from './checkout.step-handler.js';

export interface CheckoutPayment {
  payment_id: string;
  amount: number;
  payment_method: string;
}

/** Charges the customer what the cart costs. */
@StepHandler('checkout.process_payment')
export class CheckoutProcessPaymentHandler extends CheckoutStepHandler<CheckoutPayment> {
  protected override request(context: StepContext<CheckoutContext>, configured: ApiRequest): ApiRequest {
    const { payment_method, customer_id } = context.task.context;
    const amount = leftBy<ValidatedCheckout>(context, 'validate_cart').cart_total;
    return { ...configured, url: '/payments', method: 'POST', body: { payment_method, customer_id, amount } };
  }

  protected override isSuccess(status: number): boolean {
    return super.isSuccess(status) || status === 402;
  }

  protected override onResponse(
    { status, body }: ApiResponse<Receipt & { message: string }>,
    context: StepContext<CheckoutContext>,
  ): CheckoutPayment {
    if (status === 402) {
      throw new PermanentError(`The payment was declined: ${body.message}`, {
        errorCode: 'PAYMENT_DECLINED',
        errorCategory: 'payment',
      });
    }
    const amount = leftBy<ValidatedCheckout>(context, 'validate_cart').cart_total;
    return { payment_id: body.id, amount, payment_method: context.task.context.payment_method };
  }
}
