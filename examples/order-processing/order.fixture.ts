import type { JsonObject } from 'nest-tasker';
import type { OrderContext } from './order-context.js';

/** What an order is to have instead. */
export type Changes = Partial<Omit<OrderContext, 'payment_info' | 'customer_info'>> & {
  payment_info?: Partial<OrderContext['payment_info']>;
  customer_info?: Partial<OrderContext['customer_info']>;
};

/** The order of the sample scenario: 2 × 29.99 and 49.99, paid by a good card. */
export function orderContext({ payment_info, customer_info, ...changes }: Changes = {}): OrderContext & JsonObject {
  return {
    cart_items: [
      { product_id: 1, quantity: 2, price: 29.99, name: 'Wireless Mouse' },
      { product_id: 2, quantity: 1, price: 49.99, name: 'Mechanical Keyboard' },
    ],
    shipping_info: { address: '1 Main Street', city: 'Springfield', state: 'IL', zip: '62701' },
    priority: 'standard',
    ...changes,
    payment_info: {
      method: 'credit_card',
      amount: 124.76,
      currency: 'USD',
      card_last_four: '4242',
      token: 'test_success_visa',
      ...payment_info,
    },
    customer_info: { id: 501, email: 'ann@example.org', name: 'Ann Miller', tier: 'standard', ...customer_info },
  } as OrderContext & JsonObject;
}
