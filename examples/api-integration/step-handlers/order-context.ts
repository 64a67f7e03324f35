/** The context of an `api_integration_task`. */
export interface OrderContext {
  cart_id: number;
}
