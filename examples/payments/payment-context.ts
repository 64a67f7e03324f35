/** The context of a `payment_workflow` and of a `payment_processing_workflow`. */
export interface PaymentContext {
  payment_amount: number;
  /** @default the step's `currency`, else USD */
  currency?: string;
  payment_method?: string;
  /** Stands for the card, or whatever is charged; decides at the local gateway what happens. */
  payment_token?: string;
  customer_id?: string;
  customer_email?: string;
  customer_phone?: string;
}

/** The context of a `payment_processing/credit_card_payment`. */
export interface CreditCardContext {
  order_id: number;
  payment_info: { amount: number; currency: 'USD' | 'EUR' | 'GBP'; card_token: string };
  customer_id: number;
  customer_email?: string;
}
