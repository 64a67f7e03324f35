import type { JsonObject, StepContext } from 'nest-tasker';
import type { PaymentContext } from '../payment-context.js';
import { ValidationError } from '../payment-errors.js';

/** What `handler_config` may say of a payment. */
export interface PaymentConfig {
  payment_gateway: string;
  processor?: string;
  min_amount: number;
  max_amount: number;
  currency: string;
  supported_currencies?: string[];
  supported_payment_methods?: string[];
  capture_method: string;
  confirmation_method: string;
  security_settings: { require_cvv?: boolean; require_3d_secure?: boolean; fraud_detection?: boolean };
  retry_settings?: { backoff_multiplier: number; max_backoff: number; jitter: boolean };
  /** Which checks are made, `{ amount_positive: true }` each. @default all */
  validation_rules?: Record<string, boolean>[];
}

const TEXTS = { type: 'array', items: { type: 'string' } };
const FLAG = { type: 'boolean' };

export const PAYMENT_CONFIG: JsonObject = {
  type: 'object',
  properties: {
    payment_gateway: { type: 'string', default: 'stripe' },
    processor: { type: 'string' },
    min_amount: { type: 'number', default: 0 },
    max_amount: { type: 'number', default: 10_000 },
    currency: { type: 'string', default: 'USD' },
    supported_currencies: TEXTS,
    supported_payment_methods: TEXTS,
    capture_method: { enum: ['automatic', 'manual'], default: 'automatic' },
    confirmation_method: { enum: ['automatic', 'manual'], default: 'automatic' },
    security_settings: {
      type: 'object',
      properties: { require_cvv: FLAG, require_3d_secure: FLAG, fraud_detection: FLAG },
      additionalProperties: false,
      default: {},
    },
    retry_settings: {
      type: 'object',
      properties: {
        backoff_multiplier: { type: 'number', default: 2 },
        max_backoff: { type: 'number', default: 300 },
        jitter: { type: 'boolean', default: true },
      },
      additionalProperties: false,
    },
    validation_rules: {
      type: 'array',
      items: {
        type: 'object',
        properties: { amount_positive: FLAG, currency_supported: FLAG, payment_method_valid: FLAG },
        additionalProperties: false,
      },
    },
  },
  additionalProperties: false,
};

/** What is to be charged. */
export interface Payment {
  amount: number;
  currency: string;
  method: string;
  token: string;
}

/** What the context, and the step's `inputs` over it, say of the payment. */
function paymentOf({ task, step, config }: StepContext<PaymentContext>): Payment {
  const given = { ...task.context, ...step.inputs } as Partial<PaymentContext> & { amount?: number };
  return {
    amount: given.amount ?? given.payment_amount ?? Number.NaN,
    currency: given.currency ?? (config as unknown as PaymentConfig).currency,
    method: given.payment_method ?? 'credit_card',
    token: given.payment_token ?? 'tok_visa',
  };
}

/**
 * The payment, if it may be charged.
 *
 * @throws ValidationError `INVALID_AMOUNT`, `AMOUNT_TOO_SMALL`, `AMOUNT_EXCEEDED`, `UNSUPPORTED_CURRENCY`,
 *   `UNSUPPORTED_PAYMENT_METHOD`
 */
export function checkedPayment(context: StepContext<PaymentContext>): Payment {
  const config = context.config as unknown as PaymentConfig;
  const payment = paymentOf(context);
  const { amount, currency, method } = payment;
  const checks = Object.assign({}, ...(config.validation_rules ?? [])) as Record<string, boolean>;
  const isAsked = (rule: string): boolean => (config.validation_rules ? checks[rule] === true : true);

  if (Number.isNaN(amount) || (isAsked('amount_positive') && !(amount > 0))) {
    throw new ValidationError('INVALID_AMOUNT', `An amount is above 0, but this one is ${amount}`);
  }
  if (amount < config.min_amount) {
    throw new ValidationError('AMOUNT_TOO_SMALL', `${amount} is less than ${config.min_amount}`);
  }
  if (amount > config.max_amount) throw exceeded(amount, config.max_amount, context);
  if (isAsked('currency_supported') && !(config.supported_currencies ?? [currency]).includes(currency)) {
    throw new ValidationError('UNSUPPORTED_CURRENCY', `Nothing is charged in ${currency}`);
  }
  if (isAsked('payment_method_valid') && !(config.supported_payment_methods ?? [method]).includes(method)) {
    throw new ValidationError('UNSUPPORTED_PAYMENT_METHOD', `Nothing is charged by ${method}`);
  }
  return payment;
}

function exceeded(amount: number, limit: number, { task, publish }: StepContext<PaymentContext>): ValidationError {
  publish('payment_amount_exceeds_limit', { amount, limit, customer_id: task.context.customer_id ?? 'unknown' });
  return new ValidationError('AMOUNT_EXCEEDED', `${amount} is more than ${limit}`, { amount, limit });
}
