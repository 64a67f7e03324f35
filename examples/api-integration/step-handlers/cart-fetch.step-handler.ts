import { StepHandler, StepHandlerBase, type StepContext } from 'nest-tasker';
import type { Cart } from '../ecommerce/carts.js';
import { EcommerceClient } from '../ecommerce/ecommerce.client.js';
import { endpointOf } from '../ecommerce/endpoint.js';
import type { OrderContext } from './order-context.js';

/** Fetches the cart that the task's context names. */
@StepHandler('fetch_cart')
export class CartFetchStepHandler extends StepHandlerBase<OrderContext, { cart: Cart }> {
  constructor(private readonly ecommerce: EcommerceClient) {
    super();
  }

  async process({ task, config, signal }: StepContext<OrderContext>): Promise<{ cart: Cart }> {
    const { url, params } = endpointOf(config);
    const cartId = String(task.context.cart_id);
    const cart = await this.ecommerce.get<Cart>(`${url}/${cartId}`, {
      // The cart_id of the configuration is a sample.
      params: { ...params, cart_id: cartId },
      correlationId: task.correlationId,
      signal,
    });
    return { cart };
  }
}
