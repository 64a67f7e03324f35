/** Whole cents of an amount such as 124.76, which binary fractions only come near to. */
export const toCents = (amount: number): number => Math.round(amount * 100);
export const fromCents = (cents: number): number => cents / 100;

/** What the gateway keeps of an amount: 2.9 %, to the cent. */
export const feeOf = (amount: number): number => fromCents(Math.round((toCents(amount) * 29) / 1000));
