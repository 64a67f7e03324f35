import { StepHandler, StepHandlerBase } from 'nest-tasker';
import { required } from '../../support/refusal.js';
import type { DateRange } from '../analytics-context.js';
import { rounded } from '../services/records.js';
import { dateRangeOf } from './date-range.js';
import type { Analytics } from './extraction.handler.js';
import {
  SEGMENTS,
  type CustomerMetric,
  type CustomerMetricsResult,
  type Segment,
} from './transform-customer-metrics.handler.js';
import type { ProductMetric, ProductMetricsResult } from './transform-product-metrics.handler.js';

export interface Insights {
  period: DateRange;
  orders: number;
  revenue: number;
  average_order_value: number;
  customer_segments: Record<Segment, number>;
  top_customers: { customer_id: number; lifetime_value: number }[];
  top_products: { product_id: number; name: string; revenue: number }[];
  revenue_by_category: Record<string, number>;
  recommendations: string[];
}

export interface InsightsResult {
  insights: Insights;
  insights_metadata: { customers_analyzed: number; products_analyzed: number; generated_at: string };
}

const TOP = 5;
const LOW_STOCK_DAYS = 30;
const MANY_INACTIVE = 0.15;

/** What the company should know, and what it could do. */
@StepHandler('customer_analytics.generate_insights')
export class GenerateInsightsHandler extends StepHandlerBase<Analytics['task']['context'], InsightsResult> {
  process({ task, sequence, publish }: Analytics): InsightsResult {
    const customers = required(
      sequence.results<CustomerMetricsResult | null>('transform_customer_metrics')?.customer_metrics,
      'MISSING_CUSTOMER_METRICS',
      'transform_customer_metrics has left no customer_metrics',
    );
    const products = required(
      sequence.results<ProductMetricsResult | null>('transform_product_metrics')?.product_metrics,
      'MISSING_PRODUCT_METRICS',
      'transform_product_metrics has left no product_metrics',
    );
    const insights = insightsOf(dateRangeOf(task.context), customers, products);
    const { orders, revenue } = insights;
    publish('pipeline_milestone_reached', { milestone: 'insights_generated', detail: { orders, revenue } });
    return {
      insights,
      insights_metadata: {
        customers_analyzed: customers.length,
        products_analyzed: products.length,
        generated_at: new Date().toISOString(),
      },
    };
  }
}

function insightsOf(
  period: DateRange,
  customers: readonly CustomerMetric[],
  products: readonly ProductMetric[],
): Insights {
  const orders = customers.reduce((sum, { total_orders }) => sum + total_orders, 0);
  const revenue = products.reduce((sum, product) => sum + product.revenue, 0);
  return {
    period,
    orders,
    revenue: rounded(revenue),
    average_order_value: orders === 0 ? 0 : rounded(revenue / orders),
    customer_segments: segmentsOf(customers),
    top_customers: [...customers]
      .sort((a, b) => b.lifetime_value - a.lifetime_value)
      .slice(0, TOP)
      .map(({ customer_id, lifetime_value }) => ({ customer_id, lifetime_value })),
    top_products: [...products]
      .sort((a, b) => b.revenue - a.revenue)
      .slice(0, TOP)
      .map(({ product_id, name, revenue: earned }) => ({ product_id, name, revenue: earned })),
    revenue_by_category: revenueByCategory(products),
    recommendations: recommendationsOf(customers, products),
  };
}

const segmentsOf = (customers: readonly CustomerMetric[]): Record<Segment, number> =>
  Object.fromEntries(
    SEGMENTS.map((segment) => [segment, customers.filter((one) => one.segment === segment).length]),
  ) as Record<Segment, number>;

function revenueByCategory(products: readonly ProductMetric[]): Record<string, number> {
  const of: Record<string, number> = {};
  for (const { category, revenue } of products) of[category] = rounded((of[category] ?? 0) + revenue);
  return of;
}

function recommendationsOf(customers: readonly CustomerMetric[], products: readonly ProductMetric[]): string[] {
  const inactive = customers.filter(({ segment }) => segment === 'inactive').length;
  const low = products.filter(({ days_of_stock }) => days_of_stock !== null && days_of_stock < LOW_STOCK_DAYS);
  const unsold = products.filter(({ units_sold }) => units_sold === 0);
  return [
    ...(inactive > customers.length * MANY_INACTIVE
      ? [`Win back the ${inactive} customers who have not ordered.`]
      : []),
    ...(low.length > 0 ? [`Restock ${low.length} products whose stock lasts less than ${LOW_STOCK_DAYS} days.`] : []),
    ...(unsold.length > 0 ? [`Look at the ${unsold.length} products that nobody has bought.`] : []),
  ];
}
