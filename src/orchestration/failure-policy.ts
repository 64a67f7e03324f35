import { types } from 'node:util';
import { backoffMs } from '../core/backoff.js';
import type { StepFailure } from '../core/failure.js';
import { storableJson, storableText, type JsonObject } from '../core/json.js';
import { retryAfterMs } from '../core/retry-after.js';
import type { StepTemplate } from '../core/template.js';
import type { ErrorHandling } from '../core/template-policies.js';

/** Mistakes in the program: trying again would make them again. */
const PROGRAMMING_ERRORS = new Set(['TypeError', 'ReferenceError', 'SyntaxError', 'RangeError']);
/** What is kept of a stack, so that a deep recursion does not fill the table. */
const STACK_LENGTH = 8_000;
const MESSAGE_LENGTH = 4_000;
const DEEPEST_CLASS = 20;

type ErrorLists = Pick<ErrorHandling, 'permanentErrors' | 'retryableErrors'>;
const NOTHING_LISTED: ErrorLists = { permanentErrors: [], retryableErrors: [] };

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

/**
 * What the thrown value says, in the form that is stored. Anything can be thrown; nothing of it may break this.
 *
 * @param handling - the template's `error_handling`: what it says of an error's class or code stands above what was thrown
 */
export function failureOf(thrown: unknown, attempt: number, handling: ErrorLists = NOTHING_LISTED): StepFailure {
  const isError = types.isNativeError(thrown) || (read(() => thrown instanceof Error) ?? false);
  const name = text(field(thrown, 'name'));
  const message = isError ? (text(field(thrown, 'message'), MESSAGE_LENGTH) ?? name) : describe(thrown);
  const errorClass = isError ? (text(field(field(thrown, 'constructor'), 'name')) ?? name ?? 'Error') : typeof thrown;
  const errorCode = text(field(thrown, 'errorCode')) ?? text(field(thrown, 'code'));
  return {
    message: message || 'A handler threw an error that says nothing',
    errorClass,
    errorCode,
    errorCategory: text(field(thrown, 'errorCategory')),
    context: jsonObject(field(thrown, 'context')),
    stack: isError ? text(field(thrown, 'stack'), STACK_LENGTH) : null,
    attempt,
    retryable:
      listed(handling, [...(isError ? classesOf(thrown) : []), errorClass, name, errorCode]) ??
      isRetryable(thrown, isError ? name : null),
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
  const asked = requestedDelayMs(thrown);
  return asked === null ? backoffMs(counted, step.backoff) : Math.min(asked, retryAfterCapMs);
}

/** How long the service asks to wait before it is called again, in milliseconds; null if it does not say. */
export const requestedDelayMs = (thrown: unknown): number | null =>
  read(() => retryAfterMs(field(thrown, 'retryAfter') as string | number | Date | null)) ?? null;

/** What the template's lists say of an error, a permanent one first; null if they do not know it. */
function listed({ permanentErrors, retryableErrors }: ErrorLists, names: readonly (string | null)[]): boolean | null {
  if (permanentErrors.length === 0 && retryableErrors.length === 0) return null;
  const said = new Set(names.map((one) => one?.toLowerCase()));
  const knows = (list: readonly string[]): boolean => list.some((one) => said.has(one.toLowerCase()));
  if (knows(permanentErrors)) return false;
  return knows(retryableErrors) ? true : null;
}

/** Names of the error's class and of those that it extends: a list that names a base class means them all. */
function classesOf(thrown: unknown): string[] {
  const names: string[] = [];
  let prototype: unknown = read(() => Object.getPrototypeOf(thrown) as unknown);
  while (prototype && prototype !== Error.prototype && names.length < DEEPEST_CLASS) {
    const name = text(field(field(prototype, 'constructor'), 'name'));
    if (name) names.push(name);
    const above: unknown = prototype;
    prototype = read(() => Object.getPrototypeOf(above) as unknown);
  }
  return names;
}

/** What a handler puts on an error counts, by whichever copy of the package, or none. */
function isRetryable(thrown: unknown, name: string | null): boolean {
  const marked = field(thrown, 'retryable');
  if (typeof marked === 'boolean') return marked;
  if (name === null || !PROGRAMMING_ERRORS.has(name)) return true;
  // fetch says "TypeError: fetch failed" for a network that failed, with the system's error as its cause
  return name === 'TypeError' && text(field(field(thrown, 'cause'), 'code')) !== null;
}

function describe(thrown: unknown): string {
  if (typeof thrown === 'string') return storableText(thrown.slice(0, MESSAGE_LENGTH));
  const written = read(() => JSON.stringify(thrown) ?? String(thrown));
  const what = written === undefined ? `A handler threw a ${typeof thrown}` : `A handler threw ${written}`;
  return storableText(what.slice(0, MESSAGE_LENGTH));
}

function jsonObject(value: unknown): JsonObject {
  const json = read(() => JSON.stringify(value));
  if (json === undefined || !json.startsWith('{')) return {};
  return JSON.parse(storableJson(json)) as JsonObject;
}

const text = (value: unknown, most = 255): string | null =>
  typeof value === 'string' && value !== '' ? storableText(value.slice(0, most)) : null;

/** A field of something that may be anything; undefined where it has none or does not let itself be read. */
const field = (of: unknown, name: string): unknown =>
  read(() => (of as Record<string, unknown> | null | undefined)?.[name]);

function read<T>(get: () => T): T | undefined {
  try {
    return get();
  } catch {
    return undefined;
  }
}
