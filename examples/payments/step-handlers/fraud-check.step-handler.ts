import {
  StepHandler,
  PermanentError,
  type ApiRequest,
  type ApiResponse,
  type JsonObject,
  type StepContext,
} from 'nest-tasker';
import { toCents } from '../money.js';
import type { CreditCardContext } from '../payment-context.js';
import { PaymentGateway } from '../systems/payment-gateway.service.js';
import type { Risk, RiskQuestion } from '../systems/test-cards.js';
import { CARD_CONFIG, CardStepHandler } from './card-step-handler.js';

const CONFIG: JsonObject = {
  type: 'object',
  properties: { ...CARD_CONFIG, risk_threshold: { type: 'number', minimum: 0, maximum: 1, default: 0.8 } },
  additionalProperties: false,
};

export interface FraudCheck {
  risk_score: number;
  risk_threshold: number;
  passed: true;
}

/** Asks how risky the payment is, and refuses it above `risk_threshold`. */
@StepHandler({ name: 'payments.fraud_check', configSchema: CONFIG })
export class FraudCheckHandler extends CardStepHandler<FraudCheck> {
  protected override readonly configKeys = ['risk_threshold'];

  constructor(protected readonly service: PaymentGateway) {
    super();
  }

  protected override request({ task }: StepContext<CreditCardContext>, configured: ApiRequest): ApiRequest {
    const { amount, card_token: token } = task.context.payment_info;
    const body: RiskQuestion = { amount_cents: toCents(amount), token };
    return { ...configured, url: '/risk_assessments', method: 'POST', body };
  }

  protected override onResponse(
    { body: { risk_score, reasons } }: ApiResponse<Risk>,
    { task, config, publish }: StepContext<CreditCardContext>,
  ): FraudCheck {
    const risk_threshold = Number(config.risk_threshold);
    if (risk_score < risk_threshold) return { risk_score, risk_threshold, passed: true };
    publish('fraud_detected', { order_id: task.context.order_id, risk_score, reasons });
    throw new PermanentError(`The payment smells of fraud: ${reasons.join(', ')}`, {
      errorCode: 'FRAUD_DETECTED',
      errorCategory: 'security',
      context: { risk_score, risk_threshold, reasons },
    });
  }
}
