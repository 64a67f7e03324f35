import { safeGet } from './safe-get.js';

/** What an attempt failed with, as a payload says it. */
export interface EventError {
  message: string;
  /** `Error` where the payload does not say. */
  errorClass: string;
  code: string | null;
  category: string | null;
  /** What kind of failure it looks like, by its class, code and category. */
  kind: ErrorKind;
  attempt: number;
  retryable: boolean;
  /** No attempt follows. */
  final: boolean;
}

export const ERROR_KINDS = [
  'timeout',
  'rate_limit',
  'auth',
  'not_found',
  'network',
  'server_error',
  'client_error',
  'runtime',
  'other',
] as const;
export type ErrorKind = (typeof ERROR_KINDS)[number];

/** In this order: a text that several patterns meet is of the first kind. */
const PATTERNS: readonly [ErrorKind, RegExp][] = [
  ['timeout', /time_?d?_?out|etimedout|http_408/i],
  ['rate_limit', /rate_?limit|too_?many|throttl|http_429/i],
  ['auth', /auth|forbidden|permission|http_40[13]/i],
  ['not_found', /not_?found|missing|http_404/i],
  ['network', /network|connection|econn|enotfound|socket|dns|unreachable/i],
  ['server_error', /http_5\d\d|server|unavailable|gateway|external/i],
  ['client_error', /http_4\d\d|invalid|validation|argument|client|bad_?request/i],
  ['runtime', /^(Type|Reference|Syntax|Range)Error$|runtime/i],
];

/** What an event of a failure says of it; null where it says nothing. */
export function errorOf(event: unknown): EventError | null {
  const message = safeGet(event, 'error_message', '');
  const errorClass = safeGet(event, 'error_class', '');
  if (message === '' && errorClass === '') return null;
  const code = safeGet(event, 'error_code', '') || null;
  const category = safeGet(event, 'error_category', '') || null;
  return {
    message,
    errorClass: errorClass || 'Error',
    code,
    category,
    kind: errorKind(code, category, errorClass),
    attempt: safeGet(event, 'attempt', 0),
    retryable: safeGet(event, 'retryable', false),
    final: !['step.retry_scheduled', 'step.timed_out', 'step.worker_lost'].includes(safeGet(event, 'event', '')),
  };
}

/** The first that says something: a code is more exact than a category, and that than a class. */
export function errorKind(...said: readonly (string | null)[]): ErrorKind {
  for (const text of said) {
    const found = text && PATTERNS.find(([, pattern]) => pattern.test(text));
    if (found) return found[0];
  }
  return 'other';
}

/** Seconds that the attempt or the task took; null where the event does not say. */
export const durationOf = (event: unknown): number | null => numberAt(event, 'execution_duration');

/** The number at a path into a payload (`results.total`, `results.items.0.price`), also where it stands in a text; null where there is none. */
export function numberAt(event: unknown, path: string): number | null {
  const value = safeGet(event, path);
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

/** Words to group an event by, none of which is an id: their number stays small. */
export function tagsOf(event: unknown): Record<string, string> {
  const error = errorOf(event);
  const tags: Record<string, string | undefined> = {
    event: safeGet(event, 'event', ''),
    namespace: safeGet(event, 'namespace', ''),
    task_name: safeGet(event, 'task_name', ''),
    version: safeGet(event, 'version', ''),
    step_name: safeGet(event, 'step_name', ''),
    error_class: error?.errorClass,
    error_code: error?.code ?? undefined,
    error_kind: error?.kind,
  };
  return Object.fromEntries(Object.entries(tags).filter((tag): tag is [string, string] => Boolean(tag[1])));
}

/** `tasker_order_placed` for `order.placed`: letters, digits and underscores, as metrics are called. */
export const metricName = (event: string, suffix = ''): string =>
  `tasker_${event}${suffix && `_${suffix}`}`.replace(/[^A-Za-z0-9_]+/g, '_').toLowerCase();
