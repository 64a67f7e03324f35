import type { StepContext } from 'nest-tasker';
import { ValidationError } from '../payment-errors.js';
import type { PaymentResult } from './payment-processing.step-handler.js';

/** What `payment_processing` has left. @throws ValidationError `MISSING_PAYMENT` where it has been skipped */
export function takenPayment({ sequence }: Pick<StepContext, 'sequence'>): PaymentResult {
  const payment = sequence.results<PaymentResult | null>('payment_processing');
  if (payment) return payment;
  throw new ValidationError('MISSING_PAYMENT', 'payment_processing has left no payment');
}
