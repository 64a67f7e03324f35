import {
  RetryableError,
  StepHandler,
  type ApiRequest,
  type ApiResponse,
  type JsonObject,
  type StepContext,
  type StepInfo,
} from 'nest-tasker';
import { ServiceStepHandler } from '../../support/service-step-handler.js';
import { feeOf, fromCents, toCents } from '../money.js';
import type { PaymentContext } from '../payment-context.js';
import { AuthenticationError, declinedError, type Decline } from '../payment-errors.js';
import { PaymentGateway, type Charge, type NewCharge } from '../systems/payment-gateway.service.js';
import { checkedPayment, PAYMENT_CONFIG, type Payment, type PaymentConfig } from './payment-rules.js';

export interface PaymentResult {
  status: 'completed';
  payment_id: string;
  amount: number;
  currency: string;
  payment_method: string;
  gateway: string;
  processed_at: string;
  /** 2.9 % of the amount. */
  transaction_fee: number;
  /** How many charges were tried for it. */
  attempts: number;
}

export interface PaymentMetadata {
  handler_version: string;
  /** Seconds that the charge took. */
  processing_time: number;
  enhanced_by: string;
}

const VERSION = '1.0.0';

/** Charges a customer. The config says how, and what is not charged at all. */
@StepHandler({ name: 'payments.payment_processing', configSchema: PAYMENT_CONFIG })
export class PaymentProcessingStepHandler extends ServiceStepHandler<PaymentContext, PaymentResult> {
  protected override readonly configKeys = Object.keys(PAYMENT_CONFIG.properties as JsonObject);

  private readonly tookMs = new WeakMap<PaymentResult, number>();

  constructor(protected readonly service: PaymentGateway) {
    super();
  }

  override async process(context: StepContext<PaymentContext>): Promise<PaymentResult> {
    const startedMs = performance.now();
    const result = await super.process(context);
    this.tookMs.set(result, performance.now() - startedMs);
    return result;
  }

  processResults(_step: StepInfo, output: PaymentResult): PaymentResult & { metadata: PaymentMetadata } {
    const processing_time = (this.tookMs.get(output) ?? 0) / 1000;
    const metadata = { handler_version: VERSION, processing_time, enhanced_by: PaymentProcessingStepHandler.name };
    return { ...output, metadata };
  }

  protected override request(context: StepContext<PaymentContext>, configured: ApiRequest): ApiRequest {
    return { ...configured, url: '/charges', method: 'POST', body: chargeOf(checkedPayment(context), context) };
  }

  protected override isSuccess(status: number): boolean {
    return super.isSuccess(status) || [401, 402, 503].includes(status);
  }

  protected override onResponse(
    { status, body }: ApiResponse<Charge & Decline>,
    context: StepContext<PaymentContext>,
  ): PaymentResult {
    if (status === 401) throw new AuthenticationError('The gateway does not accept our key');
    if (status === 402) throw declinedError(body);
    if (status === 503) throw unavailable(context);
    const amount = fromCents(body.amount_cents);
    context.publish('payment_processed', { payment_id: body.charge_id, amount, currency: body.currency });
    return {
      status: 'completed',
      payment_id: body.charge_id,
      amount,
      currency: body.currency,
      payment_method: body.payment_method,
      gateway: body.processor,
      processed_at: body.created_at,
      transaction_fee: feeOf(amount),
      attempts: context.step.attempt,
    };
  }
}

function chargeOf({ amount, currency, method, token }: Payment, { config }: StepContext<PaymentContext>): NewCharge {
  const { payment_gateway, processor, capture_method, confirmation_method, security_settings } =
    config as unknown as PaymentConfig;
  return {
    amount_cents: toCents(amount),
    currency,
    payment_method: method,
    processor: processor ?? payment_gateway,
    token,
    capture_method,
    confirmation_method,
    checks: security_settings,
  };
}

/** Comes back after a delay that grows as `retry_settings` say, where there are any; else as the step's own backoff does. */
function unavailable({ config, step }: StepContext<PaymentContext>): RetryableError {
  const { retry_settings: retry } = config as unknown as PaymentConfig;
  const seconds = retry && Math.min(retry.max_backoff, retry.backoff_multiplier ** step.attempt);
  const jitter = retry?.jitter ? 1 - Math.random() / 10 : 1;
  return new RetryableError('The gateway is not available', {
    errorCode: 'ServiceUnavailableError',
    errorCategory: 'external_service',
    retryAfter: seconds === undefined ? null : seconds * jitter,
  });
}
