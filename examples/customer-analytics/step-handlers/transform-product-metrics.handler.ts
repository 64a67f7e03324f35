import { StepHandler, StepHandlerBase } from 'nest-tasker';
import { required } from '../../support/refusal.js';
import { rounded, type OrderRecord, type ProductRecord } from '../services/records.js';
import { provenQuality } from './data-quality.js';
import { dateRangeOf } from './date-range.js';
import type { ExtractedOrders } from './extract-orders.handler.js';
import type { ExtractedProducts } from './extract-products.handler.js';
import type { Analytics } from './extraction.handler.js';
import { grouped } from './grouped.js';

export interface ProductMetric {
  product_id: number;
  name: string;
  category: string;
  units_sold: number;
  revenue: number;
  margin: number;
  stock: number;
  /** How long the stock lasts if it goes on selling like this; null for what does not sell. */
  days_of_stock: number | null;
}

export interface ProductMetricsResult {
  product_metrics: ProductMetric[];
  transformation_metadata: { orders: number; products: number; null_percentage: number; transformed_at: string };
}

const DAY_MS = 86_400_000;

/** How each product has sold, and how long there is some left. */
@StepHandler('customer_analytics.transform_product_metrics')
export class TransformProductMetricsHandler extends StepHandlerBase<
  Analytics['task']['context'],
  ProductMetricsResult
> {
  process({ task, sequence }: Analytics): ProductMetricsResult {
    const orders = required(
      sequence.results<ExtractedOrders | null>('extract_orders')?.orders_data,
      'MISSING_ORDERS_DATA',
      'extract_orders has left no orders_data',
    );
    const products = required(
      sequence.results<ExtractedProducts | null>('extract_products')?.products_data,
      'MISSING_PRODUCTS_DATA',
      'extract_products has left no products_data',
    );
    const quality = provenQuality(task.context, { orders, products }, { min_order_records: 'orders' });
    const { start_date, end_date } = dateRangeOf(task.context);
    const days = (Date.parse(end_date) - Date.parse(start_date)) / DAY_MS + 1;
    const ordersOf = grouped(orders, ({ product_id }) => product_id);
    return {
      product_metrics: products.map((product) => metricOf(product, ordersOf.get(product.product_id) ?? [], days)),
      transformation_metadata: {
        orders: orders.length,
        products: products.length,
        ...quality,
        transformed_at: new Date().toISOString(),
      },
    };
  }
}

function metricOf(product: ProductRecord, orders: readonly OrderRecord[], days: number): ProductMetric {
  const { product_id, name, category, cost, stock } = product;
  const units = orders.reduce((sum, { quantity }) => sum + quantity, 0);
  const revenue = orders.reduce((sum, { total }) => sum + total, 0);
  return {
    ...{ product_id, name, category, stock },
    units_sold: units,
    revenue: rounded(revenue),
    margin: rounded(revenue - units * cost),
    days_of_stock: units === 0 ? null : Math.floor(stock / (units / days)),
  };
}
