import {
  PermanentError,
  StepHandler,
  type ApiRequest,
  type ApiResponse,
  type JsonObject,
  type StepContext,
} from 'nest-tasker';
import { ServiceStepHandler } from '../../support/service-step-handler.js';
import type { PaymentContext } from '../payment-context.js';
import { ValidationError } from '../payment-errors.js';
import {
  NotificationProvider,
  type NewNotification,
  type SentNotification,
} from '../systems/notification-provider.service.js';
import { takenPayment } from './taken-payment.js';

const CHANNELS = ['email', 'sms', 'push'];

interface NotificationConfig {
  notification_type: string;
  supported_types: string[];
  template?: string;
  default_template: string;
  priority: string;
  retry_on_failure: boolean;
  /** The first channel is tried so often, then each of the others once. */
  delivery_settings: { retry_attempts?: number; retry_delay?: number; fallback_channels?: string[] };
  template_variables: Record<string, boolean>;
  /** Who delivers, by channel. */
  providers: Record<string, string>;
}

const CONFIG: JsonObject = {
  type: 'object',
  properties: {
    notification_type: { type: 'string', default: 'email' },
    supported_types: { type: 'array', items: { enum: CHANNELS }, default: CHANNELS },
    template: { type: 'string' },
    default_template: { type: 'string', default: 'default' },
    priority: { enum: ['low', 'normal', 'high'], default: 'normal' },
    retry_on_failure: { type: 'boolean', default: true },
    delivery_settings: {
      type: 'object',
      properties: {
        retry_attempts: { type: 'integer', minimum: 1 },
        retry_delay: { type: 'number', minimum: 0 },
        fallback_channels: { type: 'array', items: { enum: CHANNELS } },
      },
      additionalProperties: false,
      default: {},
    },
    template_variables: { type: 'object', additionalProperties: { type: 'boolean' }, default: {} },
    providers: { type: 'object', additionalProperties: { type: 'string' }, default: {} },
  },
  additionalProperties: false,
};

export interface NotificationResult {
  notification_id: string;
  type: string;
  template: string;
  recipient: string;
  provider: string;
  sent_at: string;
  payment_reference: string;
}

/** Tells the customer of the payment: by the channel that is asked for, and by others where that one fails too often. */
@StepHandler({ name: 'payments.notification', configSchema: CONFIG })
export class NotificationStepHandler extends ServiceStepHandler<PaymentContext, NotificationResult> {
  protected override readonly configKeys = Object.keys(CONFIG.properties as JsonObject);

  constructor(protected readonly service: NotificationProvider) {
    super();
  }

  override async process(context: StepContext<PaymentContext>): Promise<NotificationResult> {
    try {
      return await super.process(context);
    } catch (error) {
      throw this.undelivered(error as Error, context);
    }
  }

  protected override request(context: StepContext<PaymentContext>, configured: ApiRequest): ApiRequest {
    return { ...configured, url: `/${channelOf(context)}`, method: 'POST', body: messageOf(context) };
  }

  protected override onResponse(
    { body }: ApiResponse<SentNotification>,
    context: StepContext<PaymentContext>,
  ): NotificationResult {
    const { notification_id, sent_at, provider } = body;
    const [type, recipient] = [channelOf(context), recipientOf(context)];
    context.publish('notification_sent', { notification_id, message_type: type, recipient });
    const template = templateOf(context);
    return {
      notification_id,
      type,
      template,
      recipient,
      provider,
      sent_at,
      payment_reference: takenPayment(context).payment_id,
    };
  }

  private undelivered(
    error: Error & { retryable?: boolean; retryAfter?: unknown },
    context: StepContext<PaymentContext>,
  ) {
    context.signal.throwIfAborted();
    const { retry_on_failure, delivery_settings } = configOf(context);
    const isFinal = error.retryable === false || !retry_on_failure || context.step.isLastAttempt;
    if (isFinal) {
      context.publish('notification_delivery_failed', {
        recipient: context.task.context.customer_email ?? 'unknown',
        message_type: channelOf(context),
        error_message: error.message,
        retry_count: context.step.attempt,
      });
    }
    if (error.retryable !== false && !retry_on_failure) {
      return new PermanentError(error.message, {
        errorCode: 'DELIVERY_FAILED',
        errorCategory: 'external_service',
        cause: error,
      });
    }
    // a service that says itself when to come back knows better
    if (delivery_settings.retry_delay !== undefined) error.retryAfter ??= delivery_settings.retry_delay;
    return error;
  }
}

const configOf = ({ config }: StepContext<PaymentContext>) => config as unknown as NotificationConfig;

/** @throws ValidationError `UNSUPPORTED_TYPE` */
function channelOf(context: StepContext<PaymentContext>): string {
  const { notification_type, supported_types, delivery_settings } = configOf(context);
  const { message_type } = context.step.inputs;
  const wanted = typeof message_type === 'string' ? message_type : notification_type;
  if (!supported_types.includes(wanted)) {
    throw new ValidationError('UNSUPPORTED_TYPE', `Nobody is told by ${wanted}, only by ${supported_types.join(', ')}`);
  }
  const { retry_attempts = Infinity, fallback_channels = [] } = delivery_settings;
  const others = context.step.attempt - retry_attempts;
  return others > 0 ? (fallback_channels[others - 1] ?? fallback_channels.at(-1) ?? wanted) : wanted;
}

const templateOf = (context: StepContext<PaymentContext>): string =>
  configOf(context).template ?? configOf(context).default_template;

/** @throws ValidationError `MISSING_RECIPIENT` */
function recipientOf(context: StepContext<PaymentContext>): string {
  const { customer_email, customer_phone } = context.task.context;
  const recipient = channelOf(context) === 'email' ? customer_email : (customer_phone ?? customer_email);
  if (recipient) return recipient;
  throw new ValidationError('MISSING_RECIPIENT', 'The context names no customer_email');
}

function messageOf(context: StepContext<PaymentContext>): NewNotification {
  const { priority, providers, template_variables } = configOf(context);
  const { payment_id, amount, currency, processed_at } = takenPayment(context);
  const extras: Record<string, unknown> = {
    include_receipt: { payment_id, amount, currency, paid_at: processed_at },
    include_support_contact: 'support@shop.example',
    include_refund_policy: 'Refunds within 30 days',
  };
  const included = Object.keys(template_variables).filter((name) => template_variables[name]);
  return {
    to: recipientOf(context),
    template: templateOf(context),
    priority,
    provider: providers[channelOf(context)] ?? 'example_notifications',
    variables: {
      payment_reference: payment_id,
      ...Object.fromEntries(included.map((name) => [name.replace(/^include_/, ''), extras[name] ?? null])),
    },
  };
}
