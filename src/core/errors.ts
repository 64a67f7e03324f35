import type { JsonObject } from './json.js';

/** Codes of the errors that Tasker itself throws, for callers to match on. */
export const TASKER_ERROR_CODES = [
  'configuration_invalid',
  'template_invalid',
  'template_not_found',
  'template_conflict',
  'handler_not_found',
  'handler_conflict',
  'handler_invalid',
  'unauthenticated',
  'forbidden',
  'request_invalid',
  'context_invalid',
  'task_refused',
  'encryption_unavailable',
  'idempotency_conflict',
  'queue_full',
  'task_not_found',
  'step_not_found',
  'illegal_transition',
  'wait_timeout',
  'list_timeout',
  'backlog_full',
  'rate_limited',
  'event_unknown',
  'event_not_parked',
  'subscription_not_found',
  'database_newer',
  'database_unavailable',
  'embedded_database_failed',
] as const;
export type TaskerErrorCode = (typeof TASKER_ERROR_CODES)[number];

/** One thing that is wrong with an input. */
export interface Finding {
  /** Where: a path into the body (`context.cart_id`) or `file:line:column`. */
  path: string;
  message: string;
}

/** What Tasker throws: a code to match, and a message that says what, where and how to mend it. */
export class TaskerError extends Error {
  /** @param findings - every single thing that is wrong, where there can be several */
  constructor(
    readonly code: TaskerErrorCode,
    message: string,
    readonly findings: readonly Finding[] = [],
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

export interface StepErrorOptions {
  /** Machine-readable reason, e.g. `HTTP_404`. */
  errorCode?: string;
  /** Kind of failure for statistics, e.g. `validation`, `external_service`. */
  errorCategory?: string;
  /** Facts to keep with the error; must be JSON. */
  context?: JsonObject;
  cause?: unknown;
}

/** Thrown by a handler: trying again would not help. The step fails at once. */
export class PermanentError extends Error {
  readonly retryable = false;
  readonly errorCode: string | null;
  readonly errorCategory: string | null;
  readonly context: JsonObject;

  constructor(message: string, options: StepErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = new.target.name;
    this.errorCode = options.errorCode ?? null;
    this.errorCategory = options.errorCategory ?? null;
    this.context = options.context ?? {};
  }
}

/** Thrown by a handler: the failure may pass. The step is tried again while it has attempts left. */
export class RetryableError extends Error {
  readonly retryable = true;
  readonly errorCode: string | null;
  readonly errorCategory: string | null;
  readonly context: JsonObject;
  /** When to try again: seconds, an HTTP date, or a Retry-After header as it came. Replaces the computed delay. */
  readonly retryAfter: number | string | Date | null;

  constructor(message: string, options: StepErrorOptions & { retryAfter?: number | string | Date | null } = {}) {
    super(message, { cause: options.cause });
    this.name = new.target.name;
    this.errorCode = options.errorCode ?? null;
    this.errorCategory = options.errorCategory ?? null;
    this.context = options.context ?? {};
    this.retryAfter = options.retryAfter ?? null;
  }
}
