import { Injectable } from '@nestjs/common';
import { LocalService, type Routes } from '../../../support/local-service.js';

export type PolicyDecision = 'approved' | 'conditional_approval' | 'denied' | 'requires_review';

/** What `POST /evaluations` answers. */
export interface PolicyEvaluation {
  decision: PolicyDecision;
  /** Whether a manager has to agree. */
  requires_approval: boolean;
  policy: string;
  reason: string;
}

/** In cents. */
const EXEMPT_UP_TO = 2_000;
const CONDITIONAL_FROM = 50_000;
const DENIED_ABOVE = 100_000;

/** Says what the company's policy says of a refund, by its amount. */
@Injectable()
export class RefundPolicyService extends LocalService {
  protected readonly routes: Routes = {
    'POST /evaluations': ({ body }) => {
      const { refund_amount } = (body ?? {}) as { refund_amount?: unknown };
      if (typeof refund_amount !== 'number') return { status: 422, body: { code: 'missing_amount' } };
      return { status: 200, body: evaluationOf(refund_amount) };
    },
  };

  constructor() {
    super('refund_policy');
  }

  protected clear(): void {
    // it remembers nothing
  }
}

function evaluationOf(amount: number): PolicyEvaluation {
  if (amount > DENIED_ABOVE) {
    return { decision: 'denied', requires_approval: false, policy: 'limit', reason: 'Above what is given back at all' };
  }
  if (amount >= CONDITIONAL_FROM) {
    const reason = 'A refund of this size needs a manager whatever the agent says';
    return { decision: 'conditional_approval', requires_approval: true, policy: 'large_refund', reason };
  }
  const exempt = amount <= EXEMPT_UP_TO;
  return {
    decision: 'approved',
    requires_approval: !exempt,
    policy: exempt ? 'small_refund' : 'standard',
    reason: exempt ? 'Too small to ask anybody' : 'A manager agrees, unless the agent may decide alone',
  };
}
