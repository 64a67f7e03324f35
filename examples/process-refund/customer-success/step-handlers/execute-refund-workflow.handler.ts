import type { AddressInfo } from 'node:net';
import { HttpAdapterHost } from '@nestjs/core';
import {
  ApiStepHandler,
  PermanentError,
  RetryableError,
  StepHandler,
  type ApiRequest,
  type ApiResponse,
} from 'nest-tasker';
import { required } from '../../../support/refusal.js';
import { REFUND_REASONS, type RefundContext, type RefundReason } from '../../payments/refund-context.js';
import type { RefundRequest, Request } from '../refund-request.js';
import type { ApprovalResult } from './get-manager-approval.handler.js';
import type { ValidatedRequest } from './validate-refund-request.handler.js';

export interface DelegationResult {
  task_delegated: true;
  delegated_task_id: string;
  delegated_task_status: 'complete' | 'resolved_manually';
  /** `namespace.name@version` */
  delegated_to: string;
  correlation_id: string;
}

/** As much as is asked here of what `POST /tasker/tasks` answers. */
interface DelegatedTask {
  task_id: string;
  full_name: string;
  status: 'pending' | 'in_progress' | 'complete' | 'error' | 'cancelled' | 'resolved_manually';
}

const POLL_SECONDS = 5;

/**
 * Has the payments team's workflow give the money back, over HTTP. Every attempt sends the same request under the step's
 * idempotency key: the first creates the task, those after it are answered with the same task as it is then.
 */
@StepHandler('customer_success.execute_refund_workflow')
export class ExecuteRefundWorkflowHandler extends ApiStepHandler<RefundRequest, DelegationResult> {
  protected override readonly configKeys = ['target_namespace', 'target_workflow', 'target_version', 'poll_seconds'];

  constructor(private readonly host: HttpAdapterHost) {
    super();
  }

  /** TASKER_URL, else the server that this runs in, where it is one. */
  protected override baseUrl(): string | null {
    if (process.env.TASKER_URL) return process.env.TASKER_URL;
    const server = this.host.httpAdapter?.getHttpServer() as { address?(): AddressInfo | string | null } | undefined;
    const address = server?.address?.();
    return typeof address === 'object' && address ? `http://${hostOf(address)}:${address.port}` : null;
  }

  protected override request(context: Request, configured: ApiRequest): ApiRequest {
    const { config, task } = context;
    const body = {
      namespace: config.target_namespace,
      name: config.target_workflow,
      version: config.target_version,
      context: refundOf(context),
      initiator: 'customer_success',
      reason: `Refund of ticket ${task.context.ticket_id}`,
      source_system: 'customer_success',
      tags: ['cross_team'],
    };
    return { ...configured, method: 'POST', body };
  }

  protected override onResponse({ body }: ApiResponse<DelegatedTask>, { config, task }: Request): DelegationResult {
    const { task_id, full_name, status } = body;
    const options = {
      errorCategory: 'delegation',
      context: { delegated_task_id: task_id, delegated_task_status: status },
    };
    if (status === 'pending' || status === 'in_progress') {
      throw new RetryableError(`Task ${task_id} of ${full_name} is ${status}`, {
        ...options,
        errorCode: 'DELEGATED_REFUND_RUNNING',
        retryAfter: Number(config.poll_seconds ?? POLL_SECONDS),
      });
    }
    if (status === 'error' || status === 'cancelled') {
      const message = `Task ${task_id} of ${full_name} is ${status}: repair it there, then retry this step`;
      throw new PermanentError(message, { ...options, errorCode: 'DELEGATED_REFUND_FAILED' });
    }
    return {
      task_delegated: true,
      delegated_task_id: task_id,
      delegated_task_status: status,
      delegated_to: full_name,
      correlation_id: task.correlationId,
    };
  }
}

/** What the payments team's workflow is to do. */
function refundOf({ task, sequence }: Request): RefundContext {
  const { ticket_id, refund_amount, refund_reason } = task.context;
  const request = sequence.results<ValidatedRequest | null>('validate_refund_request');
  const approval = sequence.results<ApprovalResult | null>('get_manager_approval');
  required(approval?.approval_obtained, 'MISSING_APPROVAL', 'get_manager_approval has left no approval');
  return {
    payment_id: required(request?.payment_id, 'MISSING_PAYMENT_ID', 'validate_refund_request has left no payment_id'),
    refund_amount,
    refund_reason: reasonOf(refund_reason),
    // what was approved, be it all of the payment or not
    partial_refund: true,
    customer_email: request!.customer_email,
    correlation_id: task.correlationId,
    initiated_by: 'customer_success',
    ticket_id,
    ...(approval!.approval_id === null ? {} : { approval_id: approval!.approval_id }),
  };
}

/** The payments team knows four reasons; customers have more. */
const reasonOf = (words: string | undefined): RefundReason =>
  REFUND_REASONS.find((reason) => reason === words) ?? 'customer_request';

/** Where a server that listens on all addresses is reached from within. */
function hostOf({ address, family }: AddressInfo): string {
  if (address === '0.0.0.0' || address === '::') return '127.0.0.1';
  return family === 'IPv6' ? `[${address}]` : address;
}
