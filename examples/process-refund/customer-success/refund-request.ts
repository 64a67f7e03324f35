import type { StepContext } from 'nest-tasker';

/** The context of customer success's `process_refund`. */
export interface RefundRequest {
  ticket_id: string;
  customer_id: string;
  /** In cents. */
  refund_amount: number;
  refund_reason?: string;
  agent_notes?: string;
  requires_approval?: boolean;
  correlation_id?: string;
  customer_email?: string;
  payment_id?: string;
}

export type Request = StepContext<RefundRequest>;
