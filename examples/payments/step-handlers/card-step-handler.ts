import type { JsonObject, StepContext } from 'nest-tasker';
import { ServiceStepHandler } from '../../support/service-step-handler.js';
import type { CreditCardContext } from '../payment-context.js';
import { ValidationError } from '../payment-errors.js';

/** Config that the steps of a credit card payment have in common. */
export const CARD_CONFIG = {
  timeout_ms: { type: 'integer', minimum: 1 },
  debug_mode: { type: 'boolean', default: false },
} satisfies JsonObject;

/** A step of a credit card payment: its call has `timeout_ms`, and is logged in `debug_mode`. */
export abstract class CardStepHandler<R> extends ServiceStepHandler<CreditCardContext, R> {
  override async process(context: StepContext<CreditCardContext>): Promise<R> {
    const { timeout_ms, debug_mode, ...config } = context.config;
    const result = await super.process(
      // all else is asked of the attempt's own context when it is looked at
      Object.create(context, {
        config: {
          value: timeout_ms === undefined ? config : { ...config, timeout_seconds: Number(timeout_ms) / 1000 },
        },
      }) as StepContext<CreditCardContext>,
    );
    if (debug_mode) context.logger.log(`${context.step.name}: ${JSON.stringify(result)}`);
    return result;
  }
}

/** What an ancestor has left. @throws ValidationError `MISSING_STEP_RESULTS` */
export function leftBy<T>({ sequence }: Pick<StepContext, 'sequence'>, step: string): T {
  const results = sequence.results<T | null>(step);
  if (results) return results;
  throw new ValidationError('MISSING_STEP_RESULTS', `${step} has left no result`, { step });
}
