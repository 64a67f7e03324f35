import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import {
  PermanentError,
  RetryableError,
  StepHandlerRegistry,
  type JsonObject,
  type StepContext,
  type StepHandlerContract,
  type StepInfo,
} from 'nest-tasker';
import { runStep } from 'nest-tasker/testing';
import { feeOf } from './money.js';

/** What a step of this example is told by its `inputs`. */
type Inputs = JsonObject & { amount?: number; currency?: string; payment_method?: string; message_type?: string };

export interface ComposedPayment {
  payment_id: string;
  amount_processed: number;
  currency: string;
  payment_method: string;
  processor: string;
  transaction_fee: number;
}

const MAX_AMOUNT = 10_000;
const ASK_AGAIN_SECONDS = 300;

/** A handler is any class with a `process`: nothing to extend, nothing to decorate where it is registered by hand. */
export class ComposedPaymentHandler implements StepHandlerContract {
  process({ step }: StepContext): ComposedPayment {
    const { amount = 0, currency = 'USD', payment_method = 'credit_card' } = step.inputs as Inputs;
    if (!(amount > 0)) {
      throw new PermanentError('An amount is above 0', { errorCode: 'INVALID_AMOUNT', errorCategory: 'validation' });
    }
    if (amount > MAX_AMOUNT) {
      throw new RetryableError('The processor wants to look at large amounts first', {
        errorCategory: 'external_service',
        retryAfter: ASK_AGAIN_SECONDS,
      });
    }
    return {
      payment_id: `pay_${step.idempotencyKey}`,
      amount_processed: amount,
      currency,
      payment_method,
      processor: 'example_processor',
      transaction_fee: feeOf(amount),
    };
  }

  /** What is stored: what `process` returned, with who made it and when. */
  processResults({ stepId, attempt }: StepInfo, output: ComposedPayment) {
    const { name: handler } = ComposedPaymentHandler;
    return { ...output, step_id: stepId, handler, retry_count: attempt - 1, processed_at: new Date().toISOString() };
  }
}

export interface ComposedNotification {
  notification_id: string;
  message_type: string;
  recipient: string;
  payment_reference: string;
}

/** Tells the customer, unless the lines are busy: `busy` says whether they are. */
export class ComposedNotificationHandler implements StepHandlerContract<{ customer_email: string }> {
  constructor(private readonly busy: (messageType: string) => boolean = () => false) {}

  process({ task, step, sequence }: StepContext<{ customer_email: string }>): ComposedNotification {
    const { message_type = 'email' } = step.inputs as Inputs;
    if (!['email', 'sms', 'push'].includes(message_type)) {
      throw new PermanentError(`Nobody is told by ${message_type}`, { errorCode: 'UNSUPPORTED_TYPE' });
    }
    if (this.busy(message_type)) {
      throw new RetryableError('All lines are busy', { errorCategory: 'external_service', retryAfter: 60 });
    }
    return {
      notification_id: `notif_${step.idempotencyKey}`,
      message_type,
      recipient: task.context.customer_email,
      payment_reference: sequence.results<ComposedPayment>('payment').payment_id,
    };
  }
}

/** Runs the two handlers alone, one after the other, and then into each of their errors. */
export async function runCompositionExample(print: (line: string) => void): Promise<void> {
  const show = (what: string, value: unknown): void => print(`${what}: ${JSON.stringify(value)}`);
  const registry = new StepHandlerRegistry();
  registry.register(new ComposedPaymentHandler(), 'payment');
  registry.register(new ComposedNotificationHandler(), 'notification');
  show(
    'registered',
    registry.list().map(({ name, keys }) => ({ name, keys })),
  );

  const context = { customer_email: 'customer@example.org' };
  const payment = await runStep(new ComposedPaymentHandler(), { inputs: { amount: 99.99 } });
  show('payment', payment);
  const results = { payment: payment as unknown as JsonObject };
  show('notification', await runStep(new ComposedNotificationHandler(), { context, results }));

  const attempts = {
    'no amount': runStep(new ComposedPaymentHandler(), { inputs: { amount: 0 } }),
    'a large amount': runStep(new ComposedPaymentHandler(), { inputs: { amount: 10_001 } }),
    'by pigeon': runStep(new ComposedNotificationHandler(), { context, results, inputs: { message_type: 'pigeon' } }),
    'busy lines': runStep(new ComposedNotificationHandler(() => true), {
      context,
      results,
      inputs: { message_type: 'sms' },
    }),
  };
  for (const [what, attempt] of Object.entries(attempts)) show(what, await failureOf(attempt));
}

/** What the engine would make of it. */
async function failureOf(attempt: Promise<unknown>): Promise<JsonObject> {
  const error = await attempt.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof PermanentError) return { error: error.message, code: error.errorCode, retried: false };
  if (error instanceof RetryableError)
    return { error: error.message, retried: true, after_seconds: error.retryAfter as number };
  throw error;
}

if (require.main === module) {
  Logger.overrideLogger(false);
  runCompositionExample((line) => process.stdout.write(`${line}\n`)).catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
}
