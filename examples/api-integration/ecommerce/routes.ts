import { OutOfStockError, type NewMessage, type NewOrder, type Shop } from './shop.js';

/** A request as the routes see it. */
export interface ShopRequest {
  method: string;
  path: string;
  body: unknown;
  idempotencyKey: string | null;
}

/** An answer, not yet written. */
export interface ShopAnswer {
  status: number;
  body: unknown;
}

const notFound = (what: string): ShopAnswer => ({ status: 404, body: { message: `${what} not found` } });
const found = (what: string, body: unknown): ShopAnswer =>
  body === undefined ? notFound(what) : { status: 200, body };

/** Carries out one request against the shop's books. */
export function answer(shop: Shop, request: ShopRequest): ShopAnswer {
  const [, collection, item, ...rest] = request.path.split('/');
  if (rest.length > 0) return notFound(`${request.method} ${request.path}`);
  const id = Number(item);
  const route = item === undefined ? `${request.method} /${collection}` : `${request.method} /${collection}/:id`;

  switch (route) {
    case 'GET /carts/:id':
      return found(`Cart ${item}`, shop.carts.get(id));
    case 'GET /products':
      return { status: 200, body: { products: [...shop.products.values()], total: shop.products.size } };
    case 'GET /products/:id':
      return found(`Product ${item}`, shop.products.get(id));
    case 'POST /orders':
      return placeOrder(shop, request);
    case 'GET /orders/:id':
      return found(`Order ${item}`, shop.orders.get(id));
    case 'POST /events':
      return publish(shop, request);
    case 'GET /events':
      return { status: 200, body: { events: shop.messages } };
    default:
      return notFound(`${request.method} ${request.path}`);
  }
}

function placeOrder(shop: Shop, { body, idempotencyKey }: ShopRequest): ShopAnswer {
  if (!isNewOrder(body))
    return { status: 422, body: { message: 'An order has a cart_id and products with quantities' } };
  try {
    return { status: 201, body: shop.order(body, idempotencyKey) };
  } catch (error) {
    if (!(error instanceof OutOfStockError)) throw error;
    return { status: 409, body: { message: error.message } };
  }
}

function publish(shop: Shop, { body, idempotencyKey }: ShopRequest): ShopAnswer {
  if (!isNewMessage(body)) return { status: 422, body: { message: 'A message has an event and a payload' } };
  const { message_id, published_to, published_status } = shop.publish(body, idempotencyKey);
  return { status: 201, body: { message_id, published_to, published_status } };
}

function isNewOrder(body: unknown): body is NewOrder {
  const { cart_id, products } = (body ?? {}) as Partial<NewOrder>;
  return (
    Number.isInteger(cart_id) &&
    Array.isArray(products) &&
    products.every((line) => Number.isInteger(line?.id) && Number.isInteger(line.quantity) && line.quantity > 0)
  );
}

function isNewMessage(body: unknown): body is NewMessage {
  const { event, payload } = (body ?? {}) as Partial<NewMessage>;
  return typeof event === 'string' && typeof payload === 'object' && payload !== null;
}
