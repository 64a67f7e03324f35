/** The context of a `monitored_checkout`. */
export interface CheckoutContext {
  cart_items: { sku: string; price: number; quantity: number }[];
  payment_method: string;
  customer_id: string;
  /** @default 'standard' */
  customer_tier?: string;
  customer_email?: string;
}

/** What the template's root says under `handler_config`. */
export interface CheckoutSettings {
  business_metrics: { track_revenue: boolean; track_conversion: boolean; customer_tier_tracking: boolean };
  monitoring: { critical_workflow: boolean; sla_seconds: number; alert_on_failure: boolean };
}

/** What `validate_cart` leaves: what the cart costs, and what is to be watched. */
export interface ValidatedCheckout extends CheckoutSettings {
  cart_total: number;
  item_count: number;
  customer_tier: string;
}
