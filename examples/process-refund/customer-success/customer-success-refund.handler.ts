import { randomBytes } from 'node:crypto';
import { TaskHandler, type RequestWith, type TaskHandlerContract } from 'nest-tasker';
import type { RefundRequest } from './refund-request.js';

/** Gives every refund an id by which both teams find it. */
@TaskHandler({ name: 'process_refund', namespace: 'customer_success' })
export class CustomerSuccessRefundHandler implements TaskHandlerContract<RefundRequest> {
  /** The id that the context names, else the request's, else a new one: `cs-<16 hex digits>`. */
  beforeInitialize(request: RequestWith<RefundRequest>): RequestWith<RefundRequest> {
    const { context } = request;
    const correlationId = context.correlation_id ?? request.correlationId ?? `cs-${randomBytes(8).toString('hex')}`;
    return { ...request, correlationId, context: { ...context, correlation_id: correlationId } };
  }
}
