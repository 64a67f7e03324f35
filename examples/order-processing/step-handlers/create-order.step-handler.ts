import { createHash } from 'node:crypto';
import { StepHandler, StepHandlerBase, type StepContext } from 'nest-tasker';
import type { OrderContext } from '../order-context.js';
import { OrderStore } from '../shop/order.store.js';
import { toCents } from '../shop/totals.js';
import type { PaymentResult } from './process-payment.step-handler.js';
import { refusal, required } from '../../support/refusal.js';
import type { InventoryResult } from './update-inventory.step-handler.js';
import type { ValidatedCart } from './validate-cart.step-handler.js';

export interface OrderResult {
  order_id: number;
  order_number: string;
  status: 'confirmed';
  total_amount: number;
  customer_email: string;
  created_at: string;
  /** A day, as 2026-01-31. */
  estimated_delivery: string;
}

const DAY_MS = 86_400_000;
const DELIVERY_DAYS = { standard: 7, express: 2, overnight: 1 };

/** Writes the order into the shop's own table: its row and the step's completion commit together or not at all. */
@StepHandler('ecommerce.create_order')
export class CreateOrderHandler extends StepHandlerBase<OrderContext, OrderResult> {
  constructor(private readonly orders: OrderStore) {
    super();
  }

  async process(context: StepContext<OrderContext>): Promise<OrderResult> {
    const { task, step, transaction } = context;
    const { customer, cart, payment } = checked(context);
    const orderNumber = orderNumberOf(task.createdAt, step.idempotencyKey);
    return transaction(async (manager) => {
      const { orderId, createdAt } = await this.orders.add(manager, {
        taskId: task.taskId,
        orderNumber,
        customerId: customer.id,
        customerEmail: customer.email,
        totalCents: toCents(cart.total),
        paymentId: payment.payment_id,
        items: cart.validated_items,
      });
      const days = DELIVERY_DAYS[task.context.priority ?? 'standard'];
      return {
        order_id: orderId,
        order_number: orderNumber,
        status: 'confirmed',
        total_amount: cart.total,
        customer_email: customer.email,
        created_at: createdAt.toISOString(),
        estimated_delivery: dayOf(new Date(createdAt.getTime() + days * DAY_MS)),
      };
    });
  }
}

function checked({ task, sequence }: StepContext<OrderContext>) {
  const customer = required(task.context.customer_info, 'MISSING_CUSTOMER_INFO', 'No customer is given');
  const cart = resultOf<ValidatedCart>('validate_cart', 'MISSING_CART_VALIDATION');
  const payment = resultOf<PaymentResult>('process_payment', 'MISSING_PAYMENT_RESULT');
  const inventory = resultOf<InventoryResult>('update_inventory', 'MISSING_INVENTORY_RESULT');

  const problems = [
    ...(toCents(payment.amount_charged) === toCents(cart.total)
      ? []
      : [`${payment.amount_charged} was paid for ${cart.total}`]),
    ...(inventory.total_items_reserved === cart.item_count
      ? []
      : [`${inventory.total_items_reserved} of ${cart.item_count} pieces are reserved`]),
  ];
  if (problems.length > 0)
    throw refusal('ORDER_VALIDATION_FAILED', `The order is not in order: ${problems.join('; ')}`);
  return { customer, cart, payment, inventory };

  function resultOf<T>(name: string, errorCode: string): T {
    return required(sequence.results<T | null>(name), errorCode, `${name} has left no result`);
  }
}

/** `ORD-20260131-0F3A99C1`, the same for every attempt. */
function orderNumberOf(createdAt: Date, key: string): string {
  const hash = createHash('sha256').update(key).digest('hex').slice(0, 8).toUpperCase();
  return `ORD-${dayOf(createdAt).replaceAll('-', '')}-${hash}`;
}

const dayOf = (date: Date): string => date.toISOString().slice(0, 10);
