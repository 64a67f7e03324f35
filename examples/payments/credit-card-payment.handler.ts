import {
  TaskHandler,
  type JsonObject,
  type RequestWith,
  type StepView,
  type TaskHandlerContract,
  type TaskView,
} from 'nest-tasker';
import type { CreditCardContext } from './payment-context.js';
import { ValidationError } from './payment-errors.js';
import type { CapturedPayment } from './step-handlers/capture-payment.step-handler.js';
import type { FraudCheck } from './step-handlers/fraud-check.step-handler.js';

const PAYMENT_FIELDS = ['amount', 'currency', 'card_token'] as const;

/** What concerns a credit card payment as a whole: the request for it, and what operators see of it. */
@TaskHandler({ name: 'payment_processing/credit_card_payment', namespace: 'payments' })
export class CreditCardPaymentHandler implements TaskHandlerContract<CreditCardContext> {
  /** @throws ValidationError `MISSING_PAYMENT_INFO` or `MISSING_PAYMENT_FIELDS`: the request is refused */
  beforeInitialize({ context }: RequestWith<CreditCardContext>): void {
    const payment = context.payment_info as Partial<CreditCardContext['payment_info']> | undefined;
    if (!payment) throw new ValidationError('MISSING_PAYMENT_INFO', 'A payment needs payment_info');
    const missing = PAYMENT_FIELDS.filter((field) => payment[field] === undefined);
    if (missing.length === 0) return;
    throw new ValidationError('MISSING_PAYMENT_FIELDS', `payment_info needs ${missing.join(', ')}`, { missing });
  }

  annotate(task: TaskView, steps: readonly StepView[]): JsonObject {
    const results = <T>(name: string) => steps.find((step) => step.name === name)?.results as T | null | undefined;
    return {
      outcome: task.status === 'complete' ? 'paid' : 'not_paid',
      risk_score: results<FraudCheck>('check_fraud')?.risk_score ?? null,
      transaction_id: results<CapturedPayment>('capture_payment')?.transaction_id ?? null,
    };
  }
}
