import { StepHandler, type ApiRequest, type ApiResponse, type JsonObject, type StepContext } from 'nest-tasker';
import { toCents } from '../money.js';
import type { CreditCardContext } from '../payment-context.js';
import { ValidationError } from '../payment-errors.js';
import { PaymentGateway } from '../systems/payment-gateway.service.js';
import type { Card } from '../systems/test-cards.js';
import { CARD_CONFIG, CardStepHandler } from './card-step-handler.js';

type Rule = (card: Card, amount: number, now: Date) => ValidationError | null;

const RULES: Record<string, Rule> = {
  check_card_expiry: (card, _amount, now) =>
    card.expires_on < now.toISOString().slice(0, 10)
      ? new ValidationError('CARD_EXPIRED', `The card was good until ${card.expires_on}`)
      : null,
  validate_cvv: (card) =>
    card.cvv_check === 'fail' ? new ValidationError('INVALID_CVV', 'The security code of the card is wrong') : null,
  check_amount_limits: (card, amount) =>
    toCents(amount) > card.limit_cents
      ? new ValidationError('AMOUNT_EXCEEDED', `The card is good for ${card.limit_cents / 100} at most`)
      : null,
};

const CONFIG: JsonObject = {
  type: 'object',
  properties: {
    ...CARD_CONFIG,
    validation_rules: { type: 'array', items: { enum: Object.keys(RULES) }, default: Object.keys(RULES) },
  },
  additionalProperties: false,
};

export interface ValidatedPayment {
  validated: true;
  amount: number;
  currency: string;
  card_brand: string;
  card_last_four: string;
}

const MIN_TOKEN_LENGTH = 10;

/** Checks what was given, and the card. */
@StepHandler({ name: 'payments.validate_payment', configSchema: CONFIG })
export class ValidatePaymentHandler extends CardStepHandler<ValidatedPayment> {
  protected override readonly configKeys = ['validation_rules'];

  constructor(protected readonly service: PaymentGateway) {
    super();
  }

  protected override request({ task }: StepContext<CreditCardContext>, configured: ApiRequest): ApiRequest {
    const { amount, card_token: token } = task.context.payment_info;
    if (!(amount > 0)) throw new ValidationError('INVALID_AMOUNT', `An amount is above 0, but this one is ${amount}`);
    if (token.length < MIN_TOKEN_LENGTH) throw new ValidationError('INVALID_CARD_TOKEN', 'The card token is too short');
    return { ...configured, url: '/cards', segments: [token] };
  }

  protected override isSuccess(status: number): boolean {
    return super.isSuccess(status) || status === 404;
  }

  protected override onResponse(
    { status, body: card }: ApiResponse<Card>,
    { task, config }: StepContext<CreditCardContext>,
  ): ValidatedPayment {
    if (status === 404) throw new ValidationError('INVALID_CARD_TOKEN', 'The gateway knows no such card');
    const { amount, currency } = task.context.payment_info;
    for (const rule of config.validation_rules as string[]) {
      const problem = RULES[rule]!(card, amount, new Date());
      if (problem) throw problem;
    }
    return { validated: true, amount, currency, card_brand: card.brand, card_last_four: card.last_four };
  }
}
