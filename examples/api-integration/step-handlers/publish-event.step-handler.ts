import { RetryableError, StepHandler, StepHandlerBase, type StepContext } from 'nest-tasker';
import { EcommerceClient } from '../ecommerce/ecommerce.client.js';
import { endpointOf } from '../ecommerce/endpoint.js';
import type { Message } from '../ecommerce/shop.js';
import { ancestorResult } from './ancestor-result.js';

/** The queue's confirmation. */
export type PublishResults = Pick<Message, 'message_id' | 'published_to' | 'published_status'>;

/** What the step leaves. */
export interface PublishedEvent {
  published: true;
  publish_results: PublishResults;
}

/** Tells the rest of the company that an order was created. */
@StepHandler('publish_event')
export class PublishEventStepHandler extends StepHandlerBase<unknown, PublishedEvent> {
  constructor(private readonly ecommerce: EcommerceClient) {
    super();
  }

  async process({ task, sequence, step, config, signal }: StepContext<unknown>): Promise<PublishedEvent> {
    const orderId = ancestorResult<number>(sequence, 'create_order', 'order_id');
    const { url, params } = endpointOf(config);
    const message = { event: 'ExampleOrderCreated', payload: { order_id: orderId } };

    const results = await this.ecommerce.post<PublishResults>(url, message, {
      params,
      correlationId: task.correlationId,
      idempotencyKey: step.idempotencyKey,
      signal,
    });
    if (results.published_status !== 'success') {
      throw new RetryableError(`The queue has not confirmed the event of order ${orderId}`, {
        errorCode: 'PUBLISH_UNCONFIRMED',
        errorCategory: 'external_service',
        context: { order_id: orderId, published_status: results.published_status },
      });
    }
    return { published: true, publish_results: results };
  }
}
