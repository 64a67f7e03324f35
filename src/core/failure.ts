import type { JsonObject } from './json.js';

/** What an attempt failed with. */
export interface StepFailure {
  message: string;
  /** Name of the error's class, e.g. `PermanentError`. */
  errorClass: string;
  errorCode: string | null;
  errorCategory: string | null;
  context: JsonObject;
  stack: string | null;
  attempt: number;
  /** Whether another attempt could help. */
  retryable: boolean;
}

/** The form in which a failure is stored, and shown over HTTP. */
export interface StoredFailure {
  message: string;
  error_class: string;
  error_code: string | null;
  error_category: string | null;
  context: JsonObject;
  stack: string | null;
  attempt: number;
  retryable: boolean;
}

export const storeFailure = (failure: StepFailure): StoredFailure => ({
  message: failure.message,
  error_class: failure.errorClass,
  error_code: failure.errorCode,
  error_category: failure.errorCategory,
  context: failure.context,
  stack: failure.stack,
  attempt: failure.attempt,
  retryable: failure.retryable,
});

export const reviveFailure = (stored: StoredFailure): StepFailure => ({
  message: stored.message,
  errorClass: stored.error_class,
  errorCode: stored.error_code,
  errorCategory: stored.error_category,
  context: stored.context,
  stack: stored.stack,
  attempt: stored.attempt,
  retryable: stored.retryable,
});

/** As an error again, for those who show one: it has the class's name, but is not of the class. */
export function failureError({ message, errorClass, errorCode, errorCategory, stack }: StepFailure): Error {
  const error = new Error(message);
  error.name = errorClass;
  error.stack = stack ?? `${errorClass}: ${message}`;
  return Object.assign(error, {
    ...(errorCode !== null && { code: errorCode }),
    ...(errorCategory !== null && { category: errorCategory }),
  });
}
