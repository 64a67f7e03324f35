import { StepHandler, type ApiRequest, type ApiResponse } from 'nest-tasker';
import { refusal, required } from '../../../support/refusal.js';
import { ServiceStepHandler } from '../../../support/service-step-handler.js';
import type { RefundRequest, Request } from '../refund-request.js';
import { TicketDesk, type Ticket } from '../services/ticket-desk.service.js';

export interface ValidatedRequest {
  request_validated: true;
  ticket_id: string;
  ticket_status: 'open' | 'in_progress';
  customer_id: string;
  payment_id: string;
  customer_email: string;
}

/** Looks at the ticket: there is one, it is the customer's, and it is still open. */
@StepHandler('customer_success.validate_refund_request')
export class ValidateRefundRequestHandler extends ServiceStepHandler<RefundRequest, ValidatedRequest> {
  constructor(protected readonly service: TicketDesk) {
    super();
  }

  protected override request({ task }: Request, configured: ApiRequest): ApiRequest {
    return {
      ...configured,
      segments: [required(task.context.ticket_id, 'MISSING_TICKET_ID', 'No ticket_id is given')],
    };
  }

  protected override isSuccess(status: number): boolean {
    return super.isSuccess(status) || status === 404;
  }

  protected override onResponse({ status, body }: ApiResponse<Ticket>, { task }: Request): ValidatedRequest {
    const { ticket_id, customer_id, payment_id, customer_email } = task.context;
    if (status === 404) throw refusal('TICKET_NOT_FOUND', `There is no ticket ${ticket_id}`, { ticket_id });
    if (body.status !== 'open' && body.status !== 'in_progress') {
      throw refusal(`TICKET_${body.status.toUpperCase()}`, `Ticket ${ticket_id} is ${body.status}`, { ticket_id });
    }
    if (body.customer_id !== customer_id) {
      throw refusal('CUSTOMER_MISMATCH', `Ticket ${ticket_id} is another customer's`, { ticket_id, customer_id });
    }
    return {
      request_validated: true,
      ticket_id,
      ticket_status: body.status,
      customer_id,
      payment_id: required(payment_id ?? body.payment_id, 'MISSING_PAYMENT_ID', `Ticket ${ticket_id} has no payment`),
      customer_email: customer_email ?? body.customer_email,
    };
  }
}
