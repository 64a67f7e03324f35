import { PermanentError, StepHandler, StepHandlerBase, type StepContext } from 'nest-tasker';
import type { CheckoutContext, CheckoutSettings, ValidatedCheckout } from '../checkout-context.js';

const refusal = (errorCode: string, message: string): PermanentError =>
  new PermanentError(message, { errorCode, errorCategory: 'validation' });

/** Checks the items and adds up, in whole cents, what they cost. */
@StepHandler('checkout.validate_cart')
export class CheckoutValidateCartHandler extends StepHandlerBase<CheckoutContext, ValidatedCheckout> {
  process({ task, config }: StepContext<CheckoutContext>): ValidatedCheckout {
    const { cart_items: items, customer_tier = 'standard' } = task.context;
    if (!items?.length) throw refusal('EMPTY_CART', 'The cart is empty');
    const wrong = items.find(({ sku, price, quantity }) => !sku || !(price >= 0) || !(quantity > 0));
    if (wrong)
      throw refusal('INVALID_CART_ITEM', `An item has a sku, a price and a quantity: ${JSON.stringify(wrong)}`);
    const cents = items.reduce((sum, { price, quantity }) => sum + Math.round(price * 100) * quantity, 0);
    const { business_metrics, monitoring } = config as unknown as CheckoutSettings;
    return {
      cart_total: cents / 100,
      item_count: items.reduce((sum, { quantity }) => sum + quantity, 0),
      customer_tier,
      business_metrics,
      monitoring,
    };
  }
}
