import { PermanentError, RetryableError, StepHandler, type ApiRequest, type ApiResponse } from 'nest-tasker';
import { required } from '../../../support/refusal.js';
import { ServiceStepHandler } from '../../../support/service-step-handler.js';
import type { RefundRequest, Request } from '../refund-request.js';
import { ManagerApprovals, type Approval } from '../services/manager-approvals.service.js';
import type { PolicyResult } from './check-refund-policy.handler.js';

export interface ApprovalResult {
  approval_obtained: true;
  /** Nobody had to be asked. */
  auto_approved: boolean;
  approval_id: string | null;
  approved_by: string | null;
  note: string | null;
}

const POLL_SECONDS = 900;

/**
 * Has a manager decide. The first attempt asks, those after it look how it stands: the portal knows the request by its
 * idempotency key. Between them the step waits, which costs nothing.
 */
@StepHandler('customer_success.get_manager_approval')
export class GetManagerApprovalHandler extends ServiceStepHandler<RefundRequest, ApprovalResult> {
  protected override readonly configKeys = ['poll_seconds'];

  constructor(protected readonly service: ManagerApprovals) {
    super();
  }

  override async process(context: Request): Promise<ApprovalResult> {
    const policy = context.sequence.results<PolicyResult | null>('check_refund_policy');
    required(policy?.policy_checked, 'MISSING_POLICY', 'check_refund_policy has left no result');
    if (policy!.approval_required) return super.process(context);
    return { approval_obtained: true, auto_approved: true, approval_id: null, approved_by: null, note: policy!.reason };
  }

  protected override request({ task }: Request, configured: ApiRequest): ApiRequest {
    const { ticket_id, refund_amount, agent_notes } = task.context;
    return { ...configured, method: 'POST', body: { ticket_id, refund_amount, agent_notes } };
  }

  protected override onResponse({ body }: ApiResponse<Approval>, { config }: Request): ApprovalResult {
    const { approval_id, status, decided_by, note } = body;
    const options = { errorCategory: 'approval', context: { approval_id, decided_by } };
    switch (status) {
      case 'approved':
        return { approval_obtained: true, auto_approved: false, approval_id, approved_by: decided_by, note };
      case 'pending':
        throw new RetryableError(`Approval ${approval_id} has not been decided yet`, {
          ...options,
          errorCode: 'APPROVAL_PENDING',
          retryAfter: Number(config.poll_seconds ?? POLL_SECONDS),
        });
      case 'denied': {
        const message = `${decided_by} has denied the refund${note ? `: ${note}` : ''}`;
        throw new PermanentError(message, { ...options, errorCode: 'APPROVAL_DENIED' });
      }
      case 'expired':
        throw new PermanentError('Nobody has decided in time', { ...options, errorCode: 'APPROVAL_EXPIRED' });
      default:
        throw new RetryableError(`The portal says "${String(status)}" of approval ${approval_id}`, {
          ...options,
          errorCode: 'APPROVAL_UNKNOWN',
        });
    }
  }
}
