import { randomUUID } from 'node:crypto';
import { carts, type CartProduct } from './carts.js';
import { productCatalogue } from './product-catalogue.js';

/** What `POST /orders` takes. */
export interface NewOrder {
  cart_id: number;
  user_id: number;
  status: string;
  total: number;
  discounted_total: number;
  products: Pick<CartProduct, 'id' | 'title' | 'price' | 'quantity' | 'discountPercentage'>[];
}

/** An order that the shop has taken. */
export interface Order extends NewOrder {
  id: number;
}

/** What `POST /events` takes. */
export interface NewMessage {
  event: string;
  payload: Record<string, unknown>;
}

/** An event that the queue has taken, with its confirmation. */
export interface Message extends NewMessage {
  message_id: string;
  published_to: 'SQS';
  published_status: 'success';
}

/** Says that an order cannot be filled from stock. */
export class OutOfStockError extends Error {}

/** The shop's books, in memory: products, carts, orders and the queue of events. */
export class Shop {
  readonly products = new Map(productCatalogue().map((product) => [product.id, product]));
  readonly carts = carts();
  readonly orders = new Map<number, Order>();
  readonly messages: Message[] = [];
  private readonly ordersByKey = new Map<string, Order>();
  private readonly messagesByKey = new Map<string, Message>();

  /**
   * Takes an order and its pieces from stock, all or nothing. The same key answers the order that it made before.
   *
   * @throws OutOfStockError if a product is not there in that number
   */
  order(request: NewOrder, key: string | null): Order {
    const before = key === null ? undefined : this.ordersByKey.get(key);
    if (before) return before;

    for (const { id, quantity } of request.products) {
      const left = this.products.get(id)?.stock ?? 0;
      if (left < quantity) throw new OutOfStockError(`Product ${id}: ${quantity} ordered, ${left} left`);
    }
    for (const { id, quantity } of request.products) this.products.get(id)!.stock -= quantity;

    const order: Order = { id: this.orderId(request.cart_id), ...request };
    this.orders.set(order.id, order);
    if (key !== null) this.ordersByKey.set(key, order);
    return order;
  }

  /** Puts an event into the queue. The same key answers the message that it made before. */
  publish({ event, payload }: NewMessage, key: string | null): Message {
    const before = key === null ? undefined : this.messagesByKey.get(key);
    if (before) return before;

    const message: Message = {
      message_id: randomUUID(),
      published_to: 'SQS',
      published_status: 'success',
      event,
      payload,
    };
    this.messages.push(message);
    if (key !== null) this.messagesByKey.set(key, message);
    return message;
  }

  // An order has the number of its cart. A cart that is ordered again adds 1000, so that numbers stay unique.
  private orderId(cartId: number): number {
    let id = cartId;
    while (this.orders.has(id)) id += 1_000;
    return id;
  }
}
