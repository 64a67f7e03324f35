import { StepHandler, type ApiRequest, type ApiResponse } from 'nest-tasker';
import { required } from '../../../support/refusal.js';
import { ServiceStepHandler } from '../../../support/service-step-handler.js';
import type { Refund, RefundContext } from '../refund-context.js';
import { PaymentLedger, type LedgerEntry } from '../services/payment-ledger.service.js';
import type { GatewayRefundResult } from './process-gateway-refund.handler.js';
import type { EligibilityResult } from './validate-payment-eligibility.handler.js';

export interface PaymentRecordsResult {
  records_updated: true;
  payment_id: string;
  payment_status: LedgerEntry['payment_status'];
  audit_trail_id: string;
  recorded_at: string;
}

/** Writes the refund into the company's books. */
@StepHandler('payments.update_payment_records')
export class UpdatePaymentRecordsHandler extends ServiceStepHandler<RefundContext, PaymentRecordsResult> {
  constructor(protected readonly service: PaymentLedger) {
    super();
  }

  protected override request({ sequence }: Refund, configured: ApiRequest): ApiRequest {
    const refund = sequence.results<GatewayRefundResult | null>('process_gateway_refund');
    const eligibility = sequence.results<EligibilityResult | null>('validate_payment_eligibility');
    const refund_id = required(refund?.refund_id, 'MISSING_REFUND', 'process_gateway_refund has left no refund_id');
    const original_amount = required(
      eligibility?.original_amount,
      'MISSING_ELIGIBILITY',
      'validate_payment_eligibility has left no original_amount',
    );
    return {
      ...configured,
      method: 'POST',
      segments: [eligibility!.payment_id, 'refunds'],
      body: { refund_id, amount: refund!.refund_amount, original_amount },
    };
  }

  protected override onResponse({ body }: ApiResponse<LedgerEntry>): PaymentRecordsResult {
    const { payment_id, payment_status, audit_trail_id, recorded_at } = body;
    return { records_updated: true, payment_id, payment_status, audit_trail_id, recorded_at };
  }
}
