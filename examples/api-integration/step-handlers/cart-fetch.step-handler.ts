import { StepHandler, type ApiRequest, type ApiResponse, type StepContext } from 'nest-tasker';
import type { Cart } from '../ecommerce/carts.js';
import { EcommerceStepHandler } from './ecommerce.step-handler.js';
import type { OrderContext } from './order-context.js';

/** Fetches the cart that the task's context names. */
@StepHandler('fetch_cart')
export class CartFetchStepHandler extends EcommerceStepHandler<OrderContext, { cart: Cart }> {
  protected override request({ task }: StepContext<OrderContext>, configured: ApiRequest): ApiRequest {
    const { cart_id } = task.context;
    // The cart_id of the configuration is a sample.
    return { ...configured, segments: [cart_id], params: { ...configured.params, cart_id } };
  }

  protected override onResponse({ body }: ApiResponse<Cart>): { cart: Cart } {
    return { cart: body };
  }
}
