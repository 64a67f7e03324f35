import { PermanentError, RetryableError, StepHandler, type ApiRequest, type ApiResponse } from 'nest-tasker';
import { ServiceStepHandler } from '../../../support/service-step-handler.js';
import type { RefundRequest, Request } from '../refund-request.js';
import { RefundPolicyService, type PolicyEvaluation } from '../services/refund-policy.service.js';

export interface PolicyResult {
  policy_checked: true;
  decision: 'approved' | 'conditional_approval';
  /** Whether a manager has to agree. */
  approval_required: boolean;
  policy: string;
  reason: string;
}

/** Asks what the policy says. */
@StepHandler('customer_success.check_refund_policy')
export class CheckRefundPolicyHandler extends ServiceStepHandler<RefundRequest, PolicyResult> {
  constructor(protected readonly service: RefundPolicyService) {
    super();
  }

  protected override request({ task }: Request, configured: ApiRequest): ApiRequest {
    const { customer_id, refund_amount, refund_reason } = task.context;
    return { ...configured, method: 'POST', body: { customer_id, refund_amount, refund_reason } };
  }

  protected override onResponse({ body }: ApiResponse<PolicyEvaluation>, { task }: Request): PolicyResult {
    const { decision, requires_approval, policy, reason } = body;
    const options = { errorCategory: 'policy', context: { policy, decision } };
    if (decision === 'denied') {
      throw new PermanentError(`The policy denies the refund: ${reason}`, { ...options, errorCode: 'POLICY_DENIED' });
    }
    if (decision === 'requires_review') {
      const message = `The policy is under review: ${reason}`;
      throw new RetryableError(message, { ...options, errorCode: 'POLICY_REVIEW_REQUIRED' });
    }
    // an agent may do without a manager, but not where the policy makes it a condition
    const mayDecideAlone = decision === 'approved' && task.context.requires_approval === false;
    return { policy_checked: true, decision, approval_required: requires_approval && !mayDecideAlone, policy, reason };
  }
}
