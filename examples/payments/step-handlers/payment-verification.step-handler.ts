import { setTimeout as sleep } from 'node:timers/promises';
import {
  RetryableError,
  StepHandler,
  type ApiRequest,
  type ApiResponse,
  type JsonObject,
  type StepContext,
} from 'nest-tasker';
import { ServiceStepHandler } from '../../support/service-step-handler.js';
import type { PaymentContext } from '../payment-context.js';
import { PaymentGateway, type Charge } from '../systems/payment-gateway.service.js';
import { takenPayment } from './taken-payment.js';

type Method = 'webhook' | 'polling';

/** What `handler_config` may say; times in seconds. */
interface VerificationConfig {
  verification_method: Method;
  /** How the attempts after the first verify. */
  fallback_method: Method;
  webhook_timeout: number;
  polling_interval: number;
  max_polling_attempts: number;
}

const METHOD = { enum: ['webhook', 'polling'] };
const CONFIG: JsonObject = {
  type: 'object',
  properties: {
    verification_method: { ...METHOD, default: 'webhook' },
    fallback_method: { ...METHOD, default: 'polling' },
    webhook_timeout: { type: 'number', default: 10 },
    polling_interval: { type: 'number', default: 2 },
    max_polling_attempts: { type: 'integer', minimum: 1, default: 5 },
  },
  additionalProperties: false,
};

export interface VerificationResult {
  verified: true;
  payment_id: string;
  payment_status: 'succeeded';
  verification_method: Method;
}

/** Makes sure that the gateway has the money: waits for its word, and asks again and again where the word does not come. */
@StepHandler({ name: 'payments.payment_verification', configSchema: CONFIG })
export class PaymentVerificationStepHandler extends ServiceStepHandler<PaymentContext, VerificationResult | null> {
  protected override readonly configKeys = Object.keys(CONFIG.properties as JsonObject);

  constructor(protected readonly service: PaymentGateway) {
    super();
  }

  override async process(context: StepContext<PaymentContext>): Promise<VerificationResult> {
    const { polling_interval, max_polling_attempts } = configOf(context);
    const looks = methodOf(context) === 'polling' ? max_polling_attempts : 1;
    for (let look = 1; ; look++) {
      const verified = await super.process(context);
      if (verified) return verified;
      if (look === looks) break;
      await sleep(polling_interval * 1000, undefined, { signal: context.signal });
    }
    throw new RetryableError('The gateway does not know yet whether it has the money', {
      errorCode: 'VERIFICATION_PENDING',
      errorCategory: 'external_service',
    });
  }

  protected override request(context: StepContext<PaymentContext>, configured: ApiRequest): ApiRequest {
    // the local gateway's webhook: it answers when it knows, or when the time is up
    const params = methodOf(context) === 'webhook' ? { wait: configOf(context).webhook_timeout } : {};
    return { ...configured, url: '/charges', segments: [takenPayment(context).payment_id], params };
  }

  protected override onResponse(
    { body }: ApiResponse<Charge>,
    context: StepContext<PaymentContext>,
  ): VerificationResult | null {
    if (body.status !== 'succeeded') return null;
    return {
      verified: true,
      payment_id: body.charge_id,
      payment_status: body.status,
      verification_method: methodOf(context),
    };
  }
}

const configOf = ({ config }: StepContext<PaymentContext>) => config as unknown as VerificationConfig;
const methodOf = (context: StepContext<PaymentContext>): Method =>
  context.step.previousError ? configOf(context).fallback_method : configOf(context).verification_method;
