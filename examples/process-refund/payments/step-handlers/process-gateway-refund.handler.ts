import { PermanentError, RetryableError, StepHandler, type ApiRequest, type ApiResponse } from 'nest-tasker';
import { required } from '../../../support/refusal.js';
import { ServiceStepHandler } from '../../../support/service-step-handler.js';
import type { Refund, RefundContext } from '../refund-context.js';
import { RefundGateway, type GatewayRefund } from '../services/refund-gateway.service.js';
import type { EligibilityResult } from './validate-payment-eligibility.handler.js';

export interface GatewayRefundResult {
  refund_processed: true;
  refund_id: string;
  gateway_refund_id: string;
  /** In cents. */
  refund_amount: number;
  refund_status: 'processed' | 'completed';
  processed_at: string;
}

/** Gives the money back, once: all attempts send the same idempotency key. */
@StepHandler('payments.process_gateway_refund')
export class ProcessGatewayRefundHandler extends ServiceStepHandler<RefundContext, GatewayRefundResult> {
  constructor(protected readonly service: RefundGateway) {
    super();
  }

  protected override request({ task, sequence }: Refund, configured: ApiRequest): ApiRequest {
    const eligibility = sequence.results<EligibilityResult | null>('validate_payment_eligibility');
    const payment_id = required(
      eligibility?.payment_id,
      'MISSING_ELIGIBILITY',
      'validate_payment_eligibility has left no payment_id',
    );
    const { refund_amount: amount, refund_reason: reason = 'customer_request' } = task.context;
    return { ...configured, method: 'POST', body: { payment_id, amount, reason } };
  }

  protected override onResponse({ body }: ApiResponse<GatewayRefund>): GatewayRefundResult {
    const { status, refund_id, gateway_refund_id, amount, processed_at } = body;
    if (status !== 'processed' && status !== 'completed') throw notGiven(body);
    return {
      refund_processed: true,
      refund_id,
      gateway_refund_id,
      refund_amount: amount,
      refund_status: status,
      processed_at,
    };
  }
}

function notGiven({ status, failure_reason, payment_id }: GatewayRefund): PermanentError | RetryableError {
  const options = { errorCategory: 'payment', context: { payment_id, refund_status: status, failure_reason } };
  if (status === 'failed') {
    const message = `The gateway has refused the refund: ${failure_reason ?? 'it does not say why'}`;
    return new PermanentError(message, { ...options, errorCode: 'GATEWAY_REFUND_FAILED' });
  }
  const errorCode = status === 'pending' ? 'GATEWAY_REFUND_PENDING' : 'GATEWAY_REFUND_UNKNOWN';
  return new RetryableError(`The gateway's refund is ${status}`, { ...options, errorCode });
}
