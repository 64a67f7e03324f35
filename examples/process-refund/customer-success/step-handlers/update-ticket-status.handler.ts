import { StepHandler, type ApiRequest, type ApiResponse } from 'nest-tasker';
import { required } from '../../../support/refusal.js';
import { ServiceStepHandler } from '../../../support/service-step-handler.js';
import type { RefundRequest, Request } from '../refund-request.js';
import { TicketDesk, type Ticket } from '../services/ticket-desk.service.js';
import type { DelegationResult } from './execute-refund-workflow.handler.js';
import type { ApprovalResult } from './get-manager-approval.handler.js';

export interface TicketResult {
  ticket_updated: true;
  ticket_id: string;
  ticket_status: Ticket['status'];
  resolution_type: 'automated_refund';
}

/** Closes the ticket, with what the customer and the next agent need to know. */
@StepHandler('customer_success.update_ticket_status')
export class UpdateTicketStatusHandler extends ServiceStepHandler<RefundRequest, TicketResult> {
  constructor(protected readonly service: TicketDesk) {
    super();
  }

  protected override request({ task, sequence }: Request, configured: ApiRequest): ApiRequest {
    const { ticket_id, refund_amount, agent_notes = null } = task.context;
    const delegation = sequence.results<DelegationResult | null>('execute_refund_workflow');
    const approval = sequence.results<ApprovalResult | null>('get_manager_approval');
    const resolution = {
      resolution_type: 'automated_refund',
      refund_amount,
      refund_task_id: required(
        delegation?.delegated_task_id,
        'MISSING_DELEGATION',
        'execute_refund_workflow has left no delegated_task_id',
      ),
      internal_notes: { agent_notes, approved_by: approval?.approved_by ?? null, correlation_id: task.correlationId },
      customer_message: `We have given you back ${(refund_amount / 100).toFixed(2)}. It takes your bank a few days to show it.`,
    };
    return { ...configured, method: 'PATCH', segments: [ticket_id], body: { status: 'resolved', resolution } };
  }

  protected override onResponse({ body }: ApiResponse<Ticket>): TicketResult {
    const { ticket_id, status } = body;
    return { ticket_updated: true, ticket_id, ticket_status: status, resolution_type: 'automated_refund' };
  }
}
