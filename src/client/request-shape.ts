import type { TaskerOptions } from '../config/tasker-options.js';
import type { Finding } from '../core/errors.js';
import { isPlainObject } from '../core/json.js';
import { didYouMean } from '../core/suggest.js';
import { unfit } from '../templates/written.js';
import { jsonFindings } from './context-shape.js';
import type { TaskRequest } from './task-request.js';

export type IdentityStrategy = NonNullable<TaskerOptions['identity']>;

const MAX_TEXT = 255;
const MAX_REASON = 4000;
const MAX_TAGS = 50;
/** Dates that PostgreSQL reads as JavaScript writes them. */
const LAST_YEAR = 9999;

/** What each field of a request must be; the message says what is wrong with a value, null nothing. */
const FIELDS: { [K in keyof Required<TaskRequest>]: { required: boolean; wrong: (value: unknown) => string | null } } =
  {
    name: { required: true, wrong: (value) => text(value, MAX_TEXT) },
    context: {
      required: true,
      wrong: (value) => (isPlainObject(value) ? null : `must be an object, but is ${kind(value)}`),
    },
    initiator: { required: true, wrong: (value) => text(value, MAX_TEXT) },
    reason: { required: true, wrong: (value) => text(value, MAX_REASON) },
    sourceSystem: { required: true, wrong: (value) => text(value, MAX_TEXT) },
    namespace: { required: false, wrong: (value) => text(value, MAX_TEXT) },
    version: { required: false, wrong: (value) => text(value, MAX_TEXT) },
    tags: { required: false, wrong: (value) => list(value, MAX_TAGS) },
    priority: { required: false, wrong: priority },
    runAt: { required: false, wrong: date },
    idempotencyKey: { required: false, wrong: (value) => text(value, MAX_TEXT) },
    correlationId: { required: false, wrong: (value) => text(value, MAX_TEXT) },
    traceparent: {
      required: false,
      wrong: (value) => (typeof value === 'string' ? null : `must be text, but is ${kind(value)}`),
    },
    bypassSteps: { required: false, wrong: (value) => list(value, Infinity) },
  };

/** Everything that is wrong with a request before its template is looked at. */
export function requestFindings(request: unknown, strategy: IdentityStrategy): Finding[] {
  if (typeof request !== 'object' || request === null || Array.isArray(request)) {
    return [{ path: 'request', message: `must be an object, but is ${kind(request)}` }];
  }
  const given = request as Record<string, unknown>;
  const findings: Finding[] = [];
  for (const [path, { required, wrong }] of Object.entries(FIELDS)) {
    const value = given[path];
    const message = value !== undefined ? wrong(value) : required ? 'is required' : null;
    if (message !== null) findings.push({ path, message });
  }
  for (const path of Object.keys(given)) {
    if (Object.hasOwn(FIELDS, path)) continue;
    findings.push({ path, message: `is not a field of a task request.${didYouMean(path, Object.keys(FIELDS))}` });
  }
  if (strategy === 'caller_provided' && given.idempotencyKey === undefined) {
    findings.push({
      path: 'idempotencyKey',
      message: 'is required: tasks are told apart by the key that the caller gives',
    });
  }
  for (const field of ['tags', 'bypassSteps'] as const) findings.push(...itemFindings(given[field], field));
  if (isPlainObject(given.context)) findings.push(...jsonFindings(given.context, 'context'));
  return findings;
}

/** Everything that is wrong with a task's tags. */
export function tags(value: unknown, path: string): Finding[] {
  const message = list(value, MAX_TAGS);
  return message === null ? itemFindings(value, path) : [{ path, message }];
}

function itemFindings(items: unknown, path: string): Finding[] {
  if (!Array.isArray(items)) return [];
  return Array.from(items, (item, n) => ({ path: `${path}[${n}]`, message: text(item, MAX_TEXT) })).filter(
    (finding): finding is Finding => finding.message !== null,
  );
}

/** What is wrong with a text of 1 to `most` characters; null if nothing. */
export function text(value: unknown, most: number): string | null {
  if (typeof value !== 'string') return `must be text, but is ${kind(value)}`;
  if (value.trim() === '') return 'must not be empty';
  if (value.length > most) return `must have at most ${most} characters, but has ${value.length}`;
  return unfit(value);
}

function list(value: unknown, most: number): string | null {
  if (!Array.isArray(value)) return `must be a list of texts, but is ${kind(value)}`;
  return value.length > most ? `must have at most ${most} items, but has ${value.length}` : null;
}

/** What is wrong with a priority; null if nothing. */
export function priority(value: unknown): string | null {
  const fits = Number.isInteger(value) && (value as number) >= -100 && (value as number) <= 100;
  return fits ? null : `must be an integer from -100 to 100, but is ${typeof value === 'number' ? value : kind(value)}`;
}

/** What is wrong with a date; null if nothing. */
export function date(value: unknown): string | null {
  if (!(value instanceof Date)) return `must be a Date, but is ${kind(value)}`;
  if (Number.isNaN(value.getTime())) return 'is not a valid date';
  const year = value.getUTCFullYear();
  return year >= 1 && year <= LAST_YEAR ? null : `must be in the years 1 to ${LAST_YEAR}`;
}

function kind(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return 'a list';
  const known: Record<string, string> = {
    string: 'text',
    number: 'a number',
    object: 'an object',
    function: 'a function',
  };
  return known[typeof value] ?? `a ${typeof value}`;
}
