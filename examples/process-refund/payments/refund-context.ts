import type { StepContext } from 'nest-tasker';

export const REFUND_REASONS = ['customer_request', 'fraud', 'system_error', 'chargeback'] as const;
export type RefundReason = (typeof REFUND_REASONS)[number];

/** The context of the payments team's `process_refund`. */
export interface RefundContext {
  payment_id: string;
  /** In cents. */
  refund_amount: number;
  refund_reason?: RefundReason;
  partial_refund?: boolean;
  customer_email?: string;
  correlation_id?: string;
  initiated_by?: string;
  approval_id?: string;
  ticket_id?: string;
}

export type Refund = StepContext<RefundContext>;
