import {
  PermanentError,
  RetryableError,
  StepHandler,
  type ApiRequest,
  type ApiResponse,
  type StepContext,
} from 'nest-tasker';
import { ServiceStepHandler } from '../../support/service-step-handler.js';
import type { OrderContext } from '../order-context.js';
import { PaymentSimulator, type Charge, type NewCharge } from '../shop/payment-simulator.service.js';
import { fromCents, toCents } from '../shop/totals.js';
import { refusal, required } from '../../support/refusal.js';
import type { ValidatedCart } from './validate-cart.step-handler.js';

export interface PaymentResult {
  payment_id: string;
  amount_charged: number;
  currency: string;
  payment_method_type: string;
  transaction_id: string;
  processed_at: string;
  status: 'completed';
}

/** What the gateway says where it makes no charge. */
interface Refused {
  code: string;
  message: string;
}

/** Statuses that a further attempt would get again. */
const REFUSALS: Record<number, string> = { 400: 'INVALID_REQUEST', 401: 'AUTHENTICATION_FAILED' };
const DECLINES = ['insufficient_funds', 'card_declined', 'invalid_card'];

/**
 * Charges the customer what the cart costs. All attempts send the same idempotency key, so that a charge whose answer was
 * lost is found again and not made again.
 */
@StepHandler('ecommerce.process_payment')
export class ProcessPaymentHandler extends ServiceStepHandler<OrderContext, PaymentResult> {
  constructor(protected readonly service: PaymentSimulator) {
    super();
  }

  protected override request(context: StepContext<OrderContext>, configured: ApiRequest): ApiRequest {
    return { ...configured, method: 'POST', body: chargeOf(context) };
  }

  protected override isSuccess(status: number): boolean {
    return super.isSuccess(status) || status === 402 || status in REFUSALS;
  }

  protected override onResponse({ status, body }: ApiResponse<Charge & Refused>): PaymentResult {
    if (status === 402) throw declined(body);
    const errorCode = REFUSALS[status];
    if (errorCode) throw refusal(errorCode, `The gateway refuses the charge: ${body.message}`, { status });
    return {
      payment_id: body.payment_id,
      amount_charged: fromCents(body.amount_cents),
      currency: body.currency,
      payment_method_type: body.payment_method,
      transaction_id: body.transaction_id,
      processed_at: body.processed_at,
      status: body.status,
    };
  }
}

function chargeOf({ task, sequence }: StepContext<OrderContext>): NewCharge {
  const { method, token, amount, currency = 'USD' } = task.context.payment_info;
  required(method, 'MISSING_PAYMENT_METHOD', 'No payment method is given');
  const cart = sequence.results<ValidatedCart | null>('validate_cart');
  const total = required(cart?.total, 'MISSING_CART_TOTAL', 'validate_cart has left no total');
  if (toCents(amount) !== toCents(total)) {
    throw refusal('PAYMENT_AMOUNT_MISMATCH', `The customer agreed to pay ${amount}, but the cart costs ${total}`, {
      expected: total,
      given: amount,
    });
  }
  return {
    amount_cents: toCents(total),
    currency,
    payment_method: method,
    token: required(token, 'MISSING_PAYMENT_TOKEN', 'No payment token is given'),
    reference: `order_${task.taskId}`,
  };
}

/** A reason that nobody knows yet may be one that passes. */
function declined({ code, message }: Refused): PermanentError | RetryableError {
  const isFinal = DECLINES.includes(code);
  const options = { errorCategory: 'payment', context: { decline_code: code } };
  return isFinal
    ? new PermanentError(`The payment was declined: ${code}`, { ...options, errorCode: 'PAYMENT_DECLINED' })
    : new RetryableError(`The payment was not made: ${message}`, { ...options, errorCode: 'PAYMENT_UNKNOWN' });
}
