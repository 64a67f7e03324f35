import { StepHandler, type ApiRequest, type ApiResponse, type StepContext } from 'nest-tasker';
import { ServiceStepHandler } from '../../support/service-step-handler.js';
import type { OrderContext } from '../order-context.js';
import { InventoryService, type NewReservation, type ReservedItem, type Shortage } from '../shop/inventory.service.js';
import { required } from '../../support/refusal.js';
import { outOfStock, type ValidatedCart } from './validate-cart.step-handler.js';

export interface InventoryResult {
  updated_products: ReservedItem[];
  total_items_reserved: number;
  inventory_changes: { product_id: number; change_type: 'reservation'; quantity: number; reservation_id: string }[];
  updated_at: string;
}

/**
 * Reserves all that was ordered. The warehouse takes all items or none, once for each idempotency key: no attempt leaves half
 * of an order reserved, and none reserves it twice.
 */
@StepHandler('ecommerce.update_inventory')
export class UpdateInventoryHandler extends ServiceStepHandler<OrderContext, InventoryResult> {
  constructor(protected readonly service: InventoryService) {
    super();
  }

  protected override request({ task, sequence }: StepContext<OrderContext>, configured: ApiRequest): ApiRequest {
    required(task.context.customer_info, 'MISSING_CUSTOMER_INFO', 'No customer is given');
    const cart = sequence.results<ValidatedCart | null>('validate_cart');
    const items = required(cart?.validated_items, 'MISSING_VALIDATED_ITEMS', 'validate_cart has left no items');
    const body: NewReservation = {
      reserved_for: `order_${task.taskId}`,
      items: items.map(({ product_id, quantity }) => ({ product_id, quantity })),
    };
    return { ...configured, method: 'POST', body };
  }

  protected override isSuccess(status: number): boolean {
    return super.isSuccess(status) || status === 409;
  }

  protected override onResponse({
    status,
    body,
  }: ApiResponse<{ reserved: ReservedItem[]; shortages?: Shortage[] }>): InventoryResult {
    if (status === 409) throw outOfStock(body.shortages ?? []);
    const { reserved } = body;
    return {
      updated_products: reserved,
      total_items_reserved: reserved.reduce((sum, { quantity_reserved }) => sum + quantity_reserved, 0),
      inventory_changes: reserved.map(({ product_id, quantity_reserved, reservation_id }) => ({
        product_id,
        change_type: 'reservation',
        quantity: -quantity_reserved,
        reservation_id,
      })),
      updated_at: new Date().toISOString(),
    };
  }
}
