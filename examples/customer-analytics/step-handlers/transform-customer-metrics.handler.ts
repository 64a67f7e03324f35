import { StepHandler, StepHandlerBase } from 'nest-tasker';
import { required } from '../../support/refusal.js';
import { rounded } from '../services/records.js';
import type { CustomerRecord, OrderRecord } from '../services/records.js';
import { provenQuality } from './data-quality.js';
import type { ExtractedOrders } from './extract-orders.handler.js';
import type { ExtractedUsers } from './extract-users.handler.js';
import type { Analytics } from './extraction.handler.js';
import { grouped } from './grouped.js';

export const SEGMENTS = ['vip', 'regular', 'occasional', 'inactive'] as const;
export type Segment = (typeof SEGMENTS)[number];

export interface CustomerMetric {
  customer_id: number;
  total_orders: number;
  lifetime_value: number;
  average_order_value: number;
  last_order_date: string | null;
  segment: Segment;
}

export interface CustomerMetricsResult {
  customer_metrics: CustomerMetric[];
  transformation_metadata: { orders: number; customers: number; null_percentage: number; transformed_at: string };
}

const VIP_VALUE = 2_000;
const REGULAR_ORDERS = 4;

/** What each customer has ordered, and what that makes of them. */
@StepHandler('customer_analytics.transform_customer_metrics')
export class TransformCustomerMetricsHandler extends StepHandlerBase<
  Analytics['task']['context'],
  CustomerMetricsResult
> {
  process({ task, sequence }: Analytics): CustomerMetricsResult {
    const orders = required(
      sequence.results<ExtractedOrders | null>('extract_orders')?.orders_data,
      'MISSING_ORDERS_DATA',
      'extract_orders has left no orders_data',
    );
    const users = required(
      sequence.results<ExtractedUsers | null>('extract_users')?.users_data,
      'MISSING_USERS_DATA',
      'extract_users has left no users_data',
    );
    const quality = provenQuality(
      task.context,
      { orders, customers: users },
      { min_order_records: 'orders', min_customer_records: 'customers' },
    );
    const ordersOf = grouped(orders, ({ customer_id }) => customer_id);
    return {
      customer_metrics: users.map((user) => metricOf(user, ordersOf.get(user.customer_id) ?? [])),
      transformation_metadata: {
        orders: orders.length,
        customers: users.length,
        ...quality,
        transformed_at: new Date().toISOString(),
      },
    };
  }
}

function metricOf({ customer_id }: CustomerRecord, orders: readonly OrderRecord[]): CustomerMetric {
  const value = orders.reduce((sum, { total }) => sum + total, 0);
  return {
    customer_id,
    total_orders: orders.length,
    lifetime_value: rounded(value),
    average_order_value: orders.length === 0 ? 0 : rounded(value / orders.length),
    last_order_date:
      orders
        .map(({ order_date }) => order_date)
        .sort()
        .at(-1) ?? null,
    segment: segmentOf(orders.length, value),
  };
}

function segmentOf(orders: number, value: number): Segment {
  if (orders === 0) return 'inactive';
  if (value >= VIP_VALUE) return 'vip';
  return orders >= REGULAR_ORDERS ? 'regular' : 'occasional';
}
