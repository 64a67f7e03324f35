/** Whole cents of an amount such as 109.97, which binary fractions only come near to. */
export const toCents = (amount: number): number => Math.round(amount * 100);
export const fromCents = (cents: number): number => cents / 100;

/** Sums in cents. */
export interface Totals {
  subtotal: number;
  tax: number;
  shipping: number;
  total: number;
}

const TAX_PERCENT = 8;
const POUNDS_PER_PIECE = 0.5;
/** Shipping in cents, by weight in pounds. */
const SHIPPING = [
  { upTo: 2, cents: 599 },
  { upTo: 10, cents: 999 },
  { upTo: Infinity, cents: 1_499 },
];

/** What some lines cost in all. @param lines - prices in cents */
export function totalsOf(lines: readonly { price: number; quantity: number }[]): Totals {
  const subtotal = lines.reduce((sum, { price, quantity }) => sum + price * quantity, 0);
  const pieces = lines.reduce((sum, { quantity }) => sum + quantity, 0);
  const tax = Math.round((subtotal * TAX_PERCENT) / 100);
  const shipping = SHIPPING.find(({ upTo }) => pieces * POUNDS_PER_PIECE <= upTo)!.cents;
  return { subtotal, tax, shipping, total: subtotal + tax + shipping };
}
