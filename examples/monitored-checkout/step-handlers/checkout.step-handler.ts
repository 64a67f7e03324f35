import { Injectable } from '@nestjs/common';
import { PermanentError, type StepContext } from 'nest-tasker';
import { ServiceStepHandler } from '../../support/service-step-handler.js';
import { CheckoutBackend } from '../backend/checkout-backend.service.js';
import type { CheckoutContext } from '../checkout-context.js';

/** A step that calls the checkout's backend. */
@Injectable()
export abstract class CheckoutStepHandler<R> extends ServiceStepHandler<CheckoutContext, R> {
  /** The template's root lays these under the config of every step. */
  protected override readonly configKeys = ['business_metrics', 'monitoring'];

  constructor(protected readonly service: CheckoutBackend) {
    super();
  }
}

/** What an ancestor has left. @throws PermanentError `MISSING_STEP_RESULT` */
export function leftBy<T>({ sequence }: StepContext<CheckoutContext>, step: string): T {
  const results = sequence.results<T | null>(step);
  if (results) return results;
  throw new PermanentError(`${step} has left no result`, {
    errorCode: 'MISSING_STEP_RESULT',
    errorCategory: 'validation',
  });
}
