export interface CartItem {
  product_id: number;
  quantity: number;
  price?: number;
  name?: string;
}

/** The context of a `process_order`, as its schema describes it. Money is in whole units of the currency. */
export interface OrderContext {
  cart_items: CartItem[];
  payment_info: {
    method: 'credit_card' | 'debit_card' | 'paypal' | 'bank_transfer';
    amount: number;
    currency?: 'USD' | 'EUR' | 'GBP';
    card_last_four?: string;
    token?: string;
  };
  customer_info: {
    id: number;
    email: string;
    name: string;
    tier?: 'standard' | 'premium' | 'enterprise';
    phone?: string;
  };
  shipping_info?: { address?: string; city?: string; state?: string; zip?: string };
  priority?: 'standard' | 'express' | 'overnight';
}
