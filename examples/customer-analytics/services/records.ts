/** What the data warehouse has. */
export interface OrderRecord {
  order_id: number;
  customer_id: number;
  product_id: number;
  quantity: number;
  unit_price: number;
  total: number;
  order_date: string;
}

/** What the CRM has. It does not know everything of everybody. */
export interface CustomerRecord {
  customer_id: number;
  name: string;
  email: string | null;
  country: string | null;
  signed_up_on: string;
}

/** What the inventory system has. */
export interface ProductRecord {
  product_id: number;
  name: string;
  category: string;
  price: number;
  cost: number;
  stock: number;
}

const CUSTOMERS = 150;
const PRODUCTS = 40;
const ORDERS = 720;
/** Orders are of the first half of 2026. */
const FIRST_DAY = Date.UTC(2026, 0, 1);
const DAYS = 181;
const DAY_MS = 86_400_000;
const COUNTRIES = ['DE', 'FR', 'GB', 'US', 'NL'];
const CATEGORIES = ['audio', 'office', 'home', 'sports', 'garden'];

/** The same numbers each time, without any order that shows. */
const mixed = (n: number, below: number): number => ((n * 2_654_435_761) % 4_294_967_296) % below;
const dayOf = (n: number): string => new Date(FIRST_DAY + n * DAY_MS).toISOString().slice(0, 10);
const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1);
/** To cents. */
export const rounded = (amount: number): number => Math.round(amount * 100) / 100;

/** Every fifth customer has never ordered, and the first has ordered for all of them. */
function buyer(n: number): number {
  const id = mixed(n, CUSTOMERS) + 1;
  return id % 5 === 0 ? 1 : id;
}

export const someProducts = (): ProductRecord[] =>
  numbers(PRODUCTS).map((n) => {
    const price = rounded(10 + mixed(n, 190) + 0.99);
    const category = CATEGORIES[n % CATEGORIES.length]!;
    return {
      product_id: n,
      name: `${category} ${n}`,
      category,
      price,
      cost: rounded(price * 0.6),
      stock: mixed(n + 7, 120),
    };
  });

export const someCustomers = (): CustomerRecord[] =>
  numbers(CUSTOMERS).map((n) => ({
    customer_id: n,
    name: `Customer ${n}`,
    email: n % 50 === 0 ? null : `customer${n}@example.org`,
    country: n % 40 === 0 ? null : COUNTRIES[n % COUNTRIES.length]!,
    signed_up_on: dayOf(-mixed(n, 700)),
  }));

export function someOrders(): OrderRecord[] {
  const products = someProducts();
  return numbers(ORDERS).map((n) => {
    const product = products[mixed(n * 3, PRODUCTS)]!;
    const quantity = 1 + mixed(n * 5, 3);
    return {
      order_id: 10_000 + n,
      customer_id: buyer(n),
      product_id: product.product_id,
      quantity,
      unit_price: product.price,
      total: rounded(product.price * quantity),
      order_date: dayOf((n * 7) % DAYS),
    };
  });
}
