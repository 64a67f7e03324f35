import { RetryableError, StepHandler, type ApiRequest, type ApiResponse, type StepContext } from 'nest-tasker';
import type { Message } from '../ecommerce/shop.js';
import { ancestorResult } from './ancestor-result.js';
import { EcommerceStepHandler } from './ecommerce.step-handler.js';

/** The queue's confirmation. */
export type PublishResults = Pick<Message, 'message_id' | 'published_to' | 'published_status'>;

/** What the step leaves. */
export interface PublishedEvent {
  published: true;
  publish_results: PublishResults;
}

/** Tells the rest of the company that an order was created. */
@StepHandler('publish_event')
export class PublishEventStepHandler extends EcommerceStepHandler<unknown, PublishedEvent> {
  protected override request({ sequence }: StepContext<unknown>, configured: ApiRequest): ApiRequest {
    const payload = { order_id: ancestorResult<number>(sequence, 'create_order', 'order_id') };
    return { ...this.withPath(configured, '/events'), method: 'POST', body: { event: 'ExampleOrderCreated', payload } };
  }

  protected override onResponse({ body }: ApiResponse<PublishResults>): PublishedEvent {
    if (body.published_status !== 'success') {
      throw new RetryableError('The queue has not confirmed the event', {
        errorCode: 'PUBLISH_UNCONFIRMED',
        errorCategory: 'external_service',
        context: { published_status: body.published_status },
      });
    }
    return { published: true, publish_results: body };
  }
}
