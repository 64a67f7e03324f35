import { StepHandler, type ApiRequest, type ApiResponse, type JsonObject, type StepContext } from 'nest-tasker';
import { feeOf, fromCents, toCents } from '../money.js';
import type { CreditCardContext } from '../payment-context.js';
import { PaymentGateway, type Authorization } from '../systems/payment-gateway.service.js';
import type { AuthorizedPayment } from './authorize-payment.step-handler.js';
import { CARD_CONFIG, CardStepHandler, leftBy } from './card-step-handler.js';

const CONFIG: JsonObject = {
  type: 'object',
  properties: { ...CARD_CONFIG, auto_capture: { type: 'boolean', default: true } },
  additionalProperties: false,
};

export interface CapturedPayment {
  /** False where the config leaves it to the merchant: then nothing else is there but the authorization. */
  captured: boolean;
  authorization_id: string;
  transaction_id: string | null;
  amount: number;
  currency: string;
  transaction_fee: number;
}

/** Takes the money that is put aside, unless the merchant wants to do that by hand. */
@StepHandler({ name: 'payments.capture_payment', configSchema: CONFIG })
export class CapturePaymentHandler extends CardStepHandler<CapturedPayment> {
  protected override readonly configKeys = ['auto_capture'];

  constructor(protected readonly service: PaymentGateway) {
    super();
  }

  override async process(context: StepContext<CreditCardContext>): Promise<CapturedPayment> {
    if (context.config.auto_capture) return super.process(context);
    const { authorization_id, amount, currency } = leftBy<AuthorizedPayment>(context, 'authorize_payment');
    return { captured: false, authorization_id, transaction_id: null, amount, currency, transaction_fee: 0 };
  }

  protected override request(context: StepContext<CreditCardContext>, configured: ApiRequest): ApiRequest {
    const { authorization_id, amount } = leftBy<AuthorizedPayment>(context, 'authorize_payment');
    return {
      ...configured,
      url: '/authorizations',
      segments: [authorization_id, 'captures'],
      method: 'POST',
      body: { amount_cents: toCents(amount) },
    };
  }

  protected override onResponse(
    { body }: ApiResponse<Authorization & { transaction_id: string }>,
    { task, publish }: StepContext<CreditCardContext>,
  ): CapturedPayment {
    const { authorization_id, transaction_id, currency } = body;
    const amount = fromCents(body.amount_cents);
    publish('payment_captured', { order_id: task.context.order_id, transaction_id, amount });
    return { captured: true, authorization_id, transaction_id, amount, currency, transaction_fee: feeOf(amount) };
  }
}
