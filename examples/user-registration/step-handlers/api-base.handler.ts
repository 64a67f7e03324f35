import { PermanentError, RetryableError, type ApiRequest, type ApiResponse, type StepContext } from 'nest-tasker';
import { ServiceCall } from '../../support/service-call.js';
import { ServiceStepHandler } from '../../support/service-step-handler.js';
import type { RegistrationContext } from '../registration-context.js';

export type Registration = StepContext<RegistrationContext>;

/** What every step leaves of its call. */
export interface ServiceFacts {
  /** As the service measured it, in milliseconds; null where it has not answered. */
  service_response_time: number | null;
  correlation_id: string;
}

/** Whether the service has made something, or had it already. */
export type Made = 'created' | 'already_exists';

interface Refused {
  code?: string;
  message?: string;
}

/** Answers that a further attempt would get again. */
const REFUSALS: Record<number, { errorCode: string; errorCategory: string }> = {
  400: { errorCode: 'CLIENT_VALIDATION_ERROR', errorCategory: 'invalid_request' },
  401: { errorCode: 'AUTH_ERROR', errorCategory: 'authorization' },
  402: { errorCode: 'PAYMENT_METHOD_REQUIRED', errorCategory: 'invalid_request' },
  403: { errorCode: 'AUTH_ERROR', errorCategory: 'authorization' },
  404: { errorCode: 'RESOURCE_NOT_FOUND', errorCategory: 'invalid_request' },
  422: { errorCode: 'CLIENT_VALIDATION_ERROR', errorCategory: 'invalid_request' },
};
/** Where a service that limits its callers does not say how long. */
const RATE_LIMIT_SECONDS = 60;

/**
 * What the steps of a registration have in common: each makes one thing in one service. A 409 means that it is there
 * already, which is as good; refusals are final; 429, 5xx, timeouts and broken connections are tried again.
 */
export abstract class ApiBaseHandler<B, R extends object> extends ServiceStepHandler<
  RegistrationContext,
  R & ServiceFacts
> {
  /** Of a 404. */
  protected readonly notFoundCode: string = 'RESOURCE_NOT_FOUND';

  /** The step's result, of what the service has. */
  protected abstract resultOf(body: B, context: Registration, made: Made): R;

  /** What the service had before, where it answers 409. */
  protected abstract existing(context: Registration): Promise<B>;

  /** What the step leaves if the service fails at the last attempt, too; null where the registration cannot go on then. */
  protected withoutService(_context: Registration): R | null {
    return null;
  }

  override async process(context: Registration): Promise<R & ServiceFacts> {
    const { publish, signal, step } = context;
    const service = this.service.name;
    publish('service_call_started', { service });
    try {
      const result = await super.process(context);
      publish('service_call_completed', { service, response_time_ms: result.service_response_time });
      return result;
    } catch (error) {
      if (signal.aborted) throw error;
      const { errorCode = null, retryable = true } = error as { errorCode?: string | null; retryable?: boolean };
      publish('service_call_failed', { service, error_code: errorCode, retryable });
      const instead = retryable && step.isLastAttempt ? this.withoutService(context) : null;
      if (instead === null) throw error;
      return { ...instead, service_response_time: null, correlation_id: context.task.correlationId };
    }
  }

  protected override isSuccess(status: number): boolean {
    return super.isSuccess(status) || status === 409 || status === 429 || status in REFUSALS;
  }

  protected override async onResponse(
    { status, headers, body }: ApiResponse<B & Refused>,
    context: Registration,
  ): Promise<R & ServiceFacts> {
    if (status === 429) throw this.rateLimited(headers['retry-after']);
    const refusal = REFUSALS[status];
    if (refusal) throw this.refused(status, refusal, body);
    const result =
      status === 409
        ? this.resultOf(await this.existing(context), context, 'already_exists')
        : this.resultOf(body, context, 'created');
    const time = Number(headers['x-response-time']);
    return {
      ...result,
      service_response_time: Number.isFinite(time) ? time : null,
      correlation_id: context.task.correlationId,
    };
  }

  /** Reads something else of the same service. */
  protected async ask<T>(context: Registration, request: ApiRequest): Promise<T> {
    const { body } = await new ServiceCall<T, RegistrationContext>(this.service, request).process(context);
    return body;
  }

  private refused(status: number, { errorCode, errorCategory }: (typeof REFUSALS)[number], body: Refused) {
    const { code = null, message = 'it does not say why' } = body ?? {};
    return new PermanentError(`${this.service.name} answered ${status}: ${message}`, {
      errorCode: status === 404 ? this.notFoundCode : errorCode,
      errorCategory,
      context: { service: this.service.name, status, code },
    });
  }

  private rateLimited(retryAfter: string | undefined): RetryableError {
    return new RetryableError(`${this.service.name} limits its callers`, {
      errorCode: 'RATE_LIMITED',
      errorCategory: 'rate_limit',
      retryAfter: retryAfter ?? RATE_LIMIT_SECONDS,
      context: { service: this.service.name, status: 429 },
    });
  }
}
