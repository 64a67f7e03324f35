import { StepHandler, type ApiRequest, type ApiResponse, type StepContext } from 'nest-tasker';
import { totalsOf, type Cart, type CartProduct } from '../ecommerce/carts.js';
import type { NewOrder, Order } from '../ecommerce/shop.js';
import { ancestorResult } from './ancestor-result.js';
import { EcommerceStepHandler } from './ecommerce.step-handler.js';

/** What is known of an order once it is placed. */
export interface PlacedOrder {
  order_id: number;
  cart_id: number;
  status: string;
  total: number;
  discounted_total: number;
}

/**
 * Places the order of the validated products. Every attempt has the same idempotency key: an order whose answer was
 * lost is answered again, not placed again.
 */
@StepHandler('create_order')
export class CreateOrderStepHandler extends EcommerceStepHandler<unknown, PlacedOrder> {
  protected override request({ sequence }: StepContext<unknown>, configured: ApiRequest): ApiRequest {
    const cart = ancestorResult<Cart>(sequence, 'fetch_cart', 'cart');
    const products = ancestorResult<CartProduct[]>(sequence, 'validate_products', 'valid_products');
    return { ...this.withPath(configured, '/orders'), method: 'POST', body: orderOf(cart, products) };
  }

  protected override onResponse({ body }: ApiResponse<Order>): PlacedOrder {
    const { id, cart_id, status, total, discounted_total } = body;
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
