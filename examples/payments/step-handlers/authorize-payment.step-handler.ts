import { StepHandler, type ApiRequest, type ApiResponse, type JsonObject, type StepContext } from 'nest-tasker';
import { fromCents, toCents } from '../money.js';
import type { CreditCardContext } from '../payment-context.js';
import { declinedError, type Decline } from '../payment-errors.js';
import { PaymentGateway, type Authorization } from '../systems/payment-gateway.service.js';
import { CARD_CONFIG, CardStepHandler, leftBy } from './card-step-handler.js';
import type { FraudCheck } from './fraud-check.step-handler.js';

const CONFIG: JsonObject = { type: 'object', properties: { ...CARD_CONFIG }, additionalProperties: false };

export interface AuthorizedPayment {
  authorization_id: string;
  amount: number;
  currency: string;
  risk_score: number;
}

/** Has the gateway put the money aside. */
@StepHandler({ name: 'payments.authorize_payment', configSchema: CONFIG })
export class AuthorizePaymentHandler extends CardStepHandler<AuthorizedPayment> {
  constructor(protected readonly service: PaymentGateway) {
    super();
  }

  protected override request({ task }: StepContext<CreditCardContext>, configured: ApiRequest): ApiRequest {
    const { order_id, payment_info } = task.context;
    const { amount, currency, card_token: token } = payment_info;
    const body = { order_id, amount_cents: toCents(amount), currency, token };
    return { ...configured, url: '/authorizations', method: 'POST', body };
  }

  protected override isSuccess(status: number): boolean {
    return super.isSuccess(status) || status === 402;
  }

  protected override onResponse(
    { status, body }: ApiResponse<Authorization & Decline>,
    context: StepContext<CreditCardContext>,
  ): AuthorizedPayment {
    if (status === 402) throw declinedError(body);
    const { authorization_id, order_id, currency } = body;
    const amount = fromCents(body.amount_cents);
    context.publish('payment_authorized', { order_id, authorization_id, amount });
    return { authorization_id, amount, currency, risk_score: leftBy<FraudCheck>(context, 'check_fraud').risk_score };
  }
}
