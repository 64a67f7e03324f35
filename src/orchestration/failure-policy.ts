import { backoffMs } from '../core/backoff.js';
import type { StepFailure } from '../core/failure.js';
import type { JsonObject } from '../core/json.js';
import { retryAfterMs } from '../core/retry-after.js';
import type { StepTemplate } from '../core/template.js';

/** Mistakes in the program: trying again would make them again. */
const PROGRAMMING_ERRORS = new Set(['TypeError', 'ReferenceError', 'SyntaxError', 'RangeError']);
/** What is kept of a stack, so that a deep recursion does not fill the table. */
const STACK_LENGTH = 8_000;
const MESSAGE_LENGTH = 4_000;

/** What a handler may put on an error, by whichever copy of the package, or none. */
interface MarkedError {
  retryable?: unknown;
  retryAfter?: unknown;
  errorCode?: unknown;
  errorCategory?: unknown;
  context?: unknown;
  code?: unknown;
  cause?: unknown;
}

/** The attempt ran longer than its step's `timeout_seconds`. */
export class StepTimeoutError extends Error {
  readonly retryable = true;
  readonly errorCode = 'STEP_TIMEOUT';
  readonly errorCategory = 'timeout';

  constructor(step: string, seconds: number) {
    super(`Step "${step}" ran longer than its timeout_seconds (${seconds}).`);
    this.name = 'StepTimeoutError';
  }
}

/** What the thrown value says, in the form that is stored. Anything can be thrown; nothing of it may break this. */
export function failureOf(thrown: unknown, attempt: number): StepFailure {
  const error = thrown instanceof Error ? thrown : new Error(describe(thrown));
  const marked = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as MarkedError;
  return {
    message: clean(error.message || error.name).slice(0, MESSAGE_LENGTH),
    errorClass: clean(thrown instanceof Error ? error.constructor.name || error.name : typeof thrown),
    errorCode: text(marked.errorCode) ?? text(marked.code),
    errorCategory: text(marked.errorCategory),
    context: jsonObject(marked.context),
    stack: thrown instanceof Error && error.stack ? clean(error.stack).slice(0, STACK_LENGTH) : null,
    attempt,
    retryable: isRetryable(error, marked),
  };
}

/**
 * How long to wait for the next attempt.
 *
 * @param counted - attempts made that count, this one included
 * @returns milliseconds; null if no attempt follows
 */
export function retryDelayMs(
  failure: StepFailure,
  thrown: unknown,
  step: StepTemplate,
  counted: number,
  retryLimit: number,
  retryAfterCapMs: number,
): number | null {
  if (!failure.retryable || !step.retryable || counted >= retryLimit) return null;
  const asked = retryAfterMs((thrown as MarkedError | null | undefined)?.retryAfter as string | number | Date | null);
  return asked === null ? backoffMs(counted, step.backoff) : Math.min(asked, retryAfterCapMs);
}

function isRetryable(error: Error, marked: MarkedError): boolean {
  if (typeof marked.retryable === 'boolean') return marked.retryable;
  if (!PROGRAMMING_ERRORS.has(error.name)) return true;
  // fetch says "TypeError: fetch failed" for a network that failed, with the system's error as its cause
  return error.name === 'TypeError' && text((marked.cause as MarkedError | undefined)?.code) !== null;
}

const text = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? clean(value).slice(0, 255) : null;

function describe(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown;
  try {
    return `A handler threw ${JSON.stringify(thrown) ?? String(thrown)}`;
  } catch {
    return `A handler threw a ${typeof thrown}`;
  }
}

function jsonObject(value: unknown): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  try {
    return JSON.parse(JSON.stringify(value)) as JsonObject;
  } catch {
    return {};
  }
}

/** PostgreSQL's text has no NUL. */
const clean = (value: string): string => value.replaceAll('\u0000', '\uFFFD');
