import { RetryableError, StepHandler, type ApiResponse, type StepContext } from 'nest-tasker';
import { ServiceStepHandler } from '../../support/service-step-handler.js';
import type { CartItem, OrderContext } from '../order-context.js';
import { InventoryService, type Shortage } from '../shop/inventory.service.js';
import type { Product } from '../shop/products.js';
import { fromCents, toCents, totalsOf } from '../shop/totals.js';
import { refusal } from '../../support/refusal.js';

export interface ValidatedItem {
  product_id: number;
  name: string;
  price: number;
  quantity: number;
  line_total: number;
}

export interface ValidatedCart {
  validated_items: ValidatedItem[];
  subtotal: number;
  tax: number;
  shipping: number;
  total: number;
  item_count: number;
  validated_at: string;
}

/** Checks every item of the cart against the catalogue and the stock, and adds up what they cost. */
@StepHandler('ecommerce.validate_cart')
export class ValidateCartHandler extends ServiceStepHandler<OrderContext, ValidatedCart> {
  constructor(protected readonly service: InventoryService) {
    super();
  }

  override async process(context: StepContext<OrderContext>): Promise<ValidatedCart> {
    checkItems(context.task.context.cart_items);
    return super.process(context);
  }

  protected override onResponse(
    { body }: ApiResponse<{ products: Product[] }>,
    { task }: StepContext<OrderContext>,
  ): ValidatedCart {
    const catalogue = new Map(body.products.map((product) => [product.id, product]));
    const lines = task.context.cart_items.map(({ product_id, quantity }) => ({
      product: sellable(catalogue, product_id),
      quantity,
    }));
    checkStock(lines);

    const priced = lines.map(({ product, quantity }) => ({ product, quantity, price: toCents(product.price) }));
    const { subtotal, tax, shipping, total } = totalsOf(priced);
    return {
      validated_items: priced.map(({ product, quantity, price }) => ({
        product_id: product.id,
        name: product.name,
        price: product.price,
        quantity,
        line_total: fromCents(price * quantity),
      })),
      subtotal: fromCents(subtotal),
      tax: fromCents(tax),
      shipping: fromCents(shipping),
      total: fromCents(total),
      item_count: lines.reduce((sum, { quantity }) => sum + quantity, 0),
      validated_at: new Date().toISOString(),
    };
  }
}

function checkItems(items: CartItem[] | undefined): void {
  if (!items?.length) throw refusal('MISSING_CART_ITEMS', 'The cart is empty');
  for (const [position, { product_id, quantity }] of items.entries()) {
    if (!product_id) throw refusal('MISSING_PRODUCT_ID', `Item ${position + 1} names no product`, { position });
    if (!Number.isInteger(quantity) || quantity < 1) {
      throw refusal('INVALID_QUANTITY', `Product ${product_id} is ordered ${quantity} times`, { product_id, quantity });
    }
  }
}

function sellable(catalogue: ReadonlyMap<number, Product>, productId: number): Product {
  const product = catalogue.get(productId);
  if (!product) throw refusal('PRODUCT_NOT_FOUND', `There is no product ${productId}`, { product_id: productId });
  if (!product.active) {
    throw refusal('PRODUCT_INACTIVE', `${product.name} is not sold any more`, { product_id: productId });
  }
  return product;
}

/** Goods come in, so that this may pass. */
function checkStock(lines: readonly { product: Product; quantity: number }[]): void {
  const shortages: Shortage[] = lines
    .filter(({ product, quantity }) => product.stock < quantity)
    .map(({ product, quantity }) => ({ product_id: product.id, requested: quantity, available: product.stock }));
  if (shortages.length === 0) return;
  throw outOfStock(shortages);
}

export function outOfStock(shortages: readonly Shortage[]): RetryableError {
  const told = shortages.map(
    ({ product_id, requested, available }) => `${requested} of product ${product_id}, ${available} left`,
  );
  return new RetryableError(`Not enough in stock: ${told.join('; ')}`, {
    errorCode: 'INSUFFICIENT_STOCK',
    errorCategory: 'inventory',
    context: { shortages: shortages.map((shortage) => ({ ...shortage })) },
  });
}
