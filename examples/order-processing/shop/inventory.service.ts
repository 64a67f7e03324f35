import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LocalService, type Routes } from '../../support/local-service.js';
import type { ServiceAnswer, ServiceRequest } from '../../support/service-exchange.js';
import { sampleProducts, type Product } from './products.js';

/** What `POST /reservations` takes. */
export interface NewReservation {
  /** Whom the pieces are put aside for, e.g. `order_<task id>`. */
  reserved_for: string;
  items: { product_id: number; quantity: number }[];
}

/** What `POST /reservations` answers for each item. */
export interface ReservedItem {
  product_id: number;
  name: string;
  previous_stock: number;
  new_stock: number;
  quantity_reserved: number;
  reservation_id: string;
}

/** A product of which fewer are left than ordered, as a 409 tells it. */
export interface Shortage {
  product_id: number;
  requested: number;
  available: number;
}

/** The warehouse: products, and what is reserved of them. Reserves all items of a request or none, once per idempotency key. */
@Injectable()
export class InventoryService extends LocalService {
  readonly reservations: (ReservedItem & { reserved_for: string })[] = [];
  private products = new Map<number, Product>();

  protected readonly routes: Routes = {
    'GET /products': () => ({ status: 200, body: { products: [...this.products.values()] } }),
    'POST /reservations': (request) => this.once(request, () => this.reserve(request.body as NewReservation)),
    'PUT /products/:id/stock': (request) => this.restock(request),
  };

  constructor() {
    super('order_inventory');
    this.clear();
  }

  stockOf(productId: number): number {
    return this.products.get(productId)?.stock ?? 0;
  }

  setStock(productId: number, stock: number): void {
    const product = this.products.get(productId);
    if (!product) throw new RangeError(`There is no product ${productId}`);
    product.stock = stock;
  }

  protected clear(): void {
    this.products = new Map(sampleProducts().map((product) => [product.id, product]));
    this.reservations.length = 0;
  }

  private reserve({ reserved_for, items }: NewReservation): ServiceAnswer {
    const shortages = items
      .map(({ product_id, quantity }) => ({ product_id, requested: quantity, available: this.stockOf(product_id) }))
      .filter(({ requested, available }) => available < requested);
    if (shortages.length > 0) {
      return { status: 409, body: { code: 'out_of_stock', message: 'Not enough in stock', shortages } };
    }
    const reserved = items.map(({ product_id, quantity }) => this.take(reserved_for, product_id, quantity));
    this.reservations.push(...reserved.map((item) => ({ ...item, reserved_for })));
    return { status: 201, body: { reserved } };
  }

  private take(reservedFor: string, productId: number, quantity: number): ReservedItem {
    const product = this.products.get(productId)!;
    const previous = product.stock;
    product.stock -= quantity;
    const hash = createHash('sha256').update(`${reservedFor} ${productId}`).digest('hex');
    return {
      product_id: productId,
      name: product.name,
      previous_stock: previous,
      new_stock: product.stock,
      quantity_reserved: quantity,
      reservation_id: `rsv_${hash.slice(0, 12)}`,
    };
  }

  private restock({ params, body }: ServiceRequest): ServiceAnswer {
    const id = Number(params.id);
    const { stock } = (body ?? {}) as { stock?: unknown };
    if (!this.products.has(id)) return { status: 404, body: { code: 'not_found', message: `No product ${params.id}` } };
    if (!Number.isInteger(stock) || Number(stock) < 0) {
      return { status: 422, body: { code: 'invalid', message: 'stock: a whole number from 0' } };
    }
    this.setStock(id, Number(stock));
    return { status: 200, body: this.products.get(id) };
  }
}
