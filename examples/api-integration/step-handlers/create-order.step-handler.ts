import { StepHandler, StepHandlerBase, type StepContext } from 'nest-tasker';
import { totalsOf, type Cart, type CartProduct } from '../ecommerce/carts.js';
import { EcommerceClient } from '../ecommerce/ecommerce.client.js';
import { endpointOf } from '../ecommerce/endpoint.js';
import type { NewOrder, Order } from '../ecommerce/shop.js';
import { ancestorResult } from './ancestor-result.js';

/** What is known of an order once it is placed. */
export interface PlacedOrder {
  order_id: number;
  cart_id: number;
  status: string;
  total: number;
  discounted_total: number;
}

/** Places the order of the validated products. */
@StepHandler('create_order')
export class CreateOrderStepHandler extends StepHandlerBase<unknown, PlacedOrder> {
  constructor(private readonly ecommerce: EcommerceClient) {
    super();
  }

  async process({ task, sequence, step, config, signal }: StepContext<unknown>): Promise<PlacedOrder> {
    const cart = ancestorResult<Cart>(sequence, 'fetch_cart', 'cart');
    const products = ancestorResult<CartProduct[]>(sequence, 'validate_products', 'valid_products');
    const { url, params } = endpointOf(config);

    const order = await this.ecommerce.post<Order>(url, orderOf(cart, products), {
      params,
      correlationId: task.correlationId,
      // The same for every attempt: an order whose answer was lost is answered again, not placed again.
      idempotencyKey: step.idempotencyKey,
      signal,
    });
    const { id, cart_id, status, total, discounted_total } = order;
    return { order_id: id, cart_id, status, total, discounted_total };
  }
}

function orderOf(cart: Cart, products: CartProduct[]): NewOrder {
  const { total, discountedTotal } = totalsOf(products);
  return {
    cart_id: cart.id,
    user_id: cart.userId,
    status: 'placed_pending_fulfillment',
    total,
    discounted_total: discountedTotal,
    products: products.map(({ id, title, price, quantity, discountPercentage }) => ({
      id,
      title,
      price,
      quantity,
      discountPercentage,
    })),
  };
}
