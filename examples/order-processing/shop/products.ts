/** A product as the warehouse lists it. */
export interface Product {
  id: number;
  name: string;
  price: number;
  /** Pieces that are left and not reserved. */
  stock: number;
  active: boolean;
}

// The stock is large but for one product, so that thousands of demonstration orders do not sell the shop out.
const TABLE: [name: string, price: number, stock: number, active: boolean][] = [
  ['Wireless Mouse', 29.99, 48_000, true],
  ['Mechanical Keyboard', 49.99, 32_000, true],
  ['USB-C Hub', 39.99, 25_000, true],
  ['Laptop Stand', 34.5, 61_000, true],
  ['Webcam, 1080p', 79.99, 17_000, true],
  ['Noise Cancelling Headphones', 199.99, 9_500, true],
  ['Limited Edition Desk Mat', 24.99, 2, true],
  ['Discontinued Trackball', 19.99, 40, false],
];

/** The eight sample products, ids 1 to 8, fresh objects on every call. */
export const sampleProducts = (): Product[] =>
  TABLE.map(([name, price, stock, active], index) => ({ id: index + 1, name, price, stock, active }));
