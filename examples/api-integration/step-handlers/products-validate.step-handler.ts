import { PermanentError, StepHandler, StepHandlerBase, type StepContext } from 'nest-tasker';
import type { Cart, CartProduct } from '../ecommerce/carts.js';
import type { Product } from '../ecommerce/product-catalogue.js';
import { ancestorResult } from './ancestor-result.js';

/** Checks that every product of the cart exists and is in stock. */
@StepHandler('validate_products')
export class ProductsValidateStepHandler extends StepHandlerBase<unknown, { valid_products: CartProduct[] }> {
  process({ sequence }: StepContext<unknown>): { valid_products: CartProduct[] } {
    const cart = ancestorResult<Cart>(sequence, 'fetch_cart', 'cart');
    const products = ancestorResult<Product[]>(sequence, 'fetch_products', 'products');
    const catalogue = new Map(products.map((product) => [product.id, product]));

    const unknown = cart.products.filter(({ id }) => !catalogue.has(id));
    if (unknown.length > 0) throw refusal('PRODUCT_NOT_FOUND', 'that do not exist', cart, unknown);

    const soldOut = cart.products.filter(({ id, quantity }) => (catalogue.get(id)?.stock ?? 0) < quantity);
    if (soldOut.length > 0) throw refusal('PRODUCT_OUT_OF_STOCK', 'that are out of stock', cart, soldOut);

    const valid = cart.products.filter(({ quantity }) => quantity > 0);
    if (valid.length === 0) throw refusal('INVALID_CART_PRODUCTS', 'of which none can be ordered', cart, cart.products);
    return { valid_products: valid };
  }
}

/** No retry changes what is in the cart: the customer has to. */
function refusal(errorCode: string, what: string, cart: Cart, products: CartProduct[]): PermanentError {
  const ids = products.map(({ id }) => id);
  return new PermanentError(`Cart ${cart.id} has products ${what}: ${ids.join(', ') || 'it is empty'}`, {
    errorCode,
    errorCategory: 'validation',
    context: { cart_id: cart.id, product_ids: ids },
  });
}
