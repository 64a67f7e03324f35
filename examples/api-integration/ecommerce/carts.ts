import { productCatalogue, type Product } from './product-catalogue.js';

/** One product in a cart, `quantity` pieces of it. */
export interface CartProduct {
  id: number;
  title: string;
  price: number;
  quantity: number;
  total: number;
  discountPercentage: number;
  discountedTotal: number;
  thumbnail: string;
}

/** What a customer is about to order. */
export interface Cart {
  id: number;
  products: CartProduct[];
  total: number;
  discountedTotal: number;
  userId: number;
  totalProducts: number;
  totalQuantity: number;
}

/** A sum of dollars in whole cents, so that sums of prices do not show binary fractions. */
export const toCents = (amount: number): number => Math.round(amount * 100) / 100;

/** Full price and discounted price of some lines, each rounded once, at the end. */
export function totalsOf(lines: Pick<CartProduct, 'price' | 'quantity' | 'discountPercentage'>[]): {
  total: number;
  discountedTotal: number;
} {
  let total = 0;
  let discountedTotal = 0;
  for (const { price, quantity, discountPercentage } of lines) {
    total += quantity * price;
    discountedTotal += quantity * price * (1 - discountPercentage / 100);
  }
  return { total: toCents(total), discountedTotal: toCents(discountedTotal) };
}

/** The carts of the shop by id: 1 to 30, and 123. */
export function carts(): Map<number, Cart> {
  const catalogue = productCatalogue();
  const ids = [...Array.from({ length: 30 }, (_, index) => index + 1), 123];
  return new Map(ids.map((id) => [id, cart(id, catalogue)]));
}

/** Two to five different products, chosen by the id alone: the same cart in every process. */
function cart(id: number, catalogue: Product[]): Cart {
  const products = Array.from({ length: 2 + (id % 4) }, (_, position) => {
    const product = catalogue[(id * 7 + position * 5) % catalogue.length] as Product;
    return cartProduct(product, 1 + ((id + position) % 3));
  });
  return {
    id,
    products,
    ...totalsOf(products),
    userId: ((id * 13) % 100) + 1,
    totalProducts: products.length,
    totalQuantity: products.reduce((sum, { quantity }) => sum + quantity, 0),
  };
}

function cartProduct({ id, title, price, discountPercentage, thumbnail }: Product, quantity: number): CartProduct {
  const totals = totalsOf([{ price, quantity, discountPercentage }]);
  return { id, title, price, quantity, ...totals, discountPercentage, thumbnail };
}
