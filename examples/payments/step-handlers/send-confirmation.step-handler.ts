import { StepHandler, type ApiRequest, type ApiResponse, type JsonObject, type StepContext } from 'nest-tasker';
import type { CreditCardContext } from '../payment-context.js';
import {
  NotificationProvider,
  type NewNotification,
  type SentNotification,
} from '../systems/notification-provider.service.js';
import type { CapturedPayment } from './capture-payment.step-handler.js';
import { CARD_CONFIG, CardStepHandler, leftBy } from './card-step-handler.js';

const CONFIG: JsonObject = {
  type: 'object',
  properties: { ...CARD_CONFIG, template_id: { type: 'string', default: 'payment_confirmation' } },
  additionalProperties: false,
};

export interface Confirmation {
  confirmation_sent: true;
  notification_id: string;
  template_id: string;
  recipient: string;
  sent_at: string;
}

/** Tells the customer that the money is taken, or put aside. */
@StepHandler({ name: 'payments.send_confirmation', configSchema: CONFIG })
export class SendConfirmationHandler extends CardStepHandler<Confirmation> {
  protected override readonly configKeys = ['template_id'];

  constructor(protected readonly service: NotificationProvider) {
    super();
  }

  protected override request(context: StepContext<CreditCardContext>, configured: ApiRequest): ApiRequest {
    const { captured, transaction_id, amount, currency } = leftBy<CapturedPayment>(context, 'capture_payment');
    const body: NewNotification = {
      to: recipientOf(context),
      template: templateOf(context),
      priority: 'high',
      provider: 'example_email_service',
      variables: { order_id: context.task.context.order_id, captured, transaction_id, amount, currency },
    };
    return { ...configured, url: '/email', method: 'POST', body };
  }

  protected override onResponse(
    { body }: ApiResponse<SentNotification>,
    context: StepContext<CreditCardContext>,
  ): Confirmation {
    const { notification_id, sent_at } = body;
    const template_id = templateOf(context);
    return { confirmation_sent: true, notification_id, template_id, recipient: recipientOf(context), sent_at };
  }
}

const templateOf = ({ config }: StepContext<CreditCardContext>): string => config.template_id as string;

/** Without an address of its own, the message goes to the one that the shop has for the customer. */
const recipientOf = ({ task }: StepContext<CreditCardContext>): string =>
  task.context.customer_email ?? `customer-${task.context.customer_id}@customers.example.org`;
