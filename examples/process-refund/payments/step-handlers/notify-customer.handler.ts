import { StepHandler, type ApiRequest, type ApiResponse } from 'nest-tasker';
import { required } from '../../../support/refusal.js';
import { ServiceStepHandler } from '../../../support/service-step-handler.js';
import type { Refund, RefundContext } from '../refund-context.js';
import { RefundNotifications, type SentNotification } from '../services/refund-notifications.service.js';
import type { GatewayRefundResult } from './process-gateway-refund.handler.js';
import type { EligibilityResult } from './validate-payment-eligibility.handler.js';

export interface CustomerNotifiedResult {
  customer_notified: true;
  notification_id: string;
  recipient: string;
  sent_at: string;
}

/** Tells the customer what comes back. */
@StepHandler('payments.notify_customer')
export class NotifyCustomerHandler extends ServiceStepHandler<RefundContext, CustomerNotifiedResult> {
  protected override readonly configKeys = ['notification_type'];

  constructor(protected readonly service: RefundNotifications) {
    super();
  }

  protected override request({ task, sequence, config }: Refund, configured: ApiRequest): ApiRequest {
    const eligibility = sequence.results<EligibilityResult | null>('validate_payment_eligibility');
    const refund = sequence.results<GatewayRefundResult | null>('process_gateway_refund');
    const recipient = required(
      task.context.customer_email ?? eligibility?.customer_email,
      'MISSING_CUSTOMER_EMAIL',
      'Neither the request nor the payment has an e-mail address',
    );
    const variables = {
      refund_id: required(refund?.refund_id, 'MISSING_REFUND', 'process_gateway_refund has left no refund_id'),
      refund_amount: refund!.refund_amount,
      ticket_id: task.context.ticket_id ?? null,
    };
    return { ...configured, method: 'POST', body: { type: config.notification_type, recipient, variables } };
  }

  protected override onResponse({ body }: ApiResponse<SentNotification>): CustomerNotifiedResult {
    const { notification_id, recipient, sent_at } = body;
    return { customer_notified: true, notification_id, recipient, sent_at };
  }
}
