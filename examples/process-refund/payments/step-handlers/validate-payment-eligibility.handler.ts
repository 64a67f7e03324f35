import { PermanentError, RetryableError, StepHandler, type ApiRequest, type ApiResponse } from 'nest-tasker';
import { refusal } from '../../../support/refusal.js';
import { ServiceStepHandler } from '../../../support/service-step-handler.js';
import type { Refund, RefundContext } from '../refund-context.js';
import { RefundGateway, type PaymentAnswer } from '../services/refund-gateway.service.js';

export interface EligibilityResult {
  payment_validated: true;
  payment_id: string;
  eligibility_status: 'eligible';
  /** Amounts in cents. */
  original_amount: number;
  refundable_amount: number;
  gateway_provider: string;
  customer_email: string;
}

const PAYMENT_ID = /^pay_[A-Za-z0-9]+$/;
/** What another attempt would hear again. */
const FINAL: Record<string, string> = { ineligible: 'PAYMENT_INELIGIBLE', insufficient_funds: 'INSUFFICIENT_FUNDS' };
/** What passes by itself. */
const PASSING: Record<string, string> = { processing: 'PAYMENT_PROCESSING', pending: 'PAYMENT_PENDING' };

/** Asks the gateway whether so much of the payment can be given back. */
@StepHandler('payments.validate_payment_eligibility')
export class ValidatePaymentEligibilityHandler extends ServiceStepHandler<RefundContext, EligibilityResult> {
  constructor(protected readonly service: RefundGateway) {
    super();
  }

  protected override request({ task }: Refund, configured: ApiRequest): ApiRequest {
    const { payment_id, refund_amount } = task.context;
    if (!PAYMENT_ID.test(payment_id)) {
      throw refusal('INVALID_PAYMENT_ID', `"${payment_id}" is no payment: its name is pay_ and letters or digits`);
    }
    if (!(refund_amount > 0))
      throw refusal('INVALID_REFUND_AMOUNT', 'The refund_amount must be above 0', { refund_amount });
    return { ...configured, segments: [payment_id] };
  }

  protected override isSuccess(status: number): boolean {
    return super.isSuccess(status) || status === 404;
  }

  protected override onResponse({ status, body }: ApiResponse<PaymentAnswer>, context: Refund): EligibilityResult {
    const { payment_id } = context.task.context;
    if (status === 404) throw refusal('PAYMENT_NOT_FOUND', `The gateway has no payment ${payment_id}`, { payment_id });
    if (body.status !== 'eligible') throw notNow(body);
    checkAmount(context.task.context, body);
    return {
      payment_validated: true,
      payment_id: body.payment_id,
      eligibility_status: body.status,
      original_amount: body.original_amount,
      refundable_amount: body.refundable_amount,
      gateway_provider: body.provider,
      customer_email: body.customer_email,
    };
  }
}

function notNow({ payment_id, status }: PaymentAnswer): PermanentError | RetryableError {
  const options = { errorCategory: 'payment', context: { payment_id, eligibility_status: status } };
  const errorCode = FINAL[status];
  if (errorCode) return new PermanentError(`Payment ${payment_id} is ${status}`, { ...options, errorCode });
  return new RetryableError(`Payment ${payment_id} is ${status}`, {
    ...options,
    errorCode: PASSING[status] ?? 'ELIGIBILITY_UNKNOWN',
  });
}

function checkAmount(
  { refund_amount, partial_refund = false }: RefundContext,
  { refundable_amount }: PaymentAnswer,
): void {
  const amounts = { refund_amount, refundable_amount };
  if (refund_amount > refundable_amount) {
    throw refusal('REFUND_EXCEEDS_PAYMENT', 'The refund is more than what is left of the payment', amounts);
  }
  if (refund_amount < refundable_amount && !partial_refund) {
    throw refusal(
      'PARTIAL_REFUND_NOT_REQUESTED',
      'The refund is a part of the payment, but not a partial_refund',
      amounts,
    );
  }
}
