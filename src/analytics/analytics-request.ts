import { secondsOf } from '../core/duration.js';
import { TaskerError, type Finding } from '../core/errors.js';
import type { AnalyticsQuery } from '../persistence/stores/analytics-sql.js';
import type { Viewer } from '../persistence/stores/task-filter.js';

/** What an answer is to be about. */
export interface AnalyticsRequest {
  namespace?: string;
  name?: string;
  version?: string;
  /** Only steps of this name; figures of tasks are then zero. */
  step?: string;
  /** The time up to `to`, such as `15m`, `24h` or `7d`; not together with `from`. @default '24h' */
  window?: string;
  from?: Date;
  /** @default now */
  to?: Date;
  /** Templates of a performance report, rows of each list of a report on bottlenecks; 1 to 100. @default 20 */
  limit?: number;
  /** Only of what they may see. @default everybody */
  visibleTo?: Viewer;
}

export type Question = AnalyticsQuery & { limit: number };

export const DEFAULT_WINDOW = '24h';
export const DEFAULT_LIMIT = 20;
export const MOST_ROWS = 100;
const DAY = 86_400;
/** The longest window, and how far back figures are kept, in days. */
export const LONGEST_DAYS = 366;
export const KEPT_DAYS = 731;

/** @throws TaskerError `request_invalid` with everything that is wrong */
export function readRequest(request: AnalyticsRequest, now: Date): Question {
  const { window, from, to, limit = DEFAULT_LIMIT, ...scope } = request;
  const findings: Finding[] = [];
  const find = (path: string, message: string): void => void findings.push({ path, message });
  for (const [path, value] of Object.entries({ from, to })) {
    if (value !== undefined && !(value instanceof Date && !Number.isNaN(value.getTime()))) find(path, 'must be a date');
  }
  const asked = window ?? DEFAULT_WINDOW;
  const windowSeconds = typeof asked === 'string' ? (secondsOf(asked) ?? Number.NaN) : Number.NaN;
  if (window !== undefined && from !== undefined) find('window', 'may not be given together with `from`');
  if (!(windowSeconds >= 60 && windowSeconds <= LONGEST_DAYS * DAY)) {
    find('window', `must be a duration from 1m to ${LONGEST_DAYS}d, such as 15m, 24h or 7d`);
  }
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_ROWS) {
    find('limit', `must be a whole number from 1 to ${MOST_ROWS}`);
  }
  if (findings.length === 0) checkTimes(from, to, now, find);
  if (findings.length > 0) {
    const list = findings.map(({ path, message }) => `${path} ${message}`).join('; ');
    throw new TaskerError('request_invalid', `The question is not valid: ${list}`, findings);
  }
  const end = to !== undefined && to < now ? to : undefined;
  return { ...scope, windowSeconds, limit, ...(from ? { from } : {}), ...(end ? { to: end } : {}) };
}

function checkTimes(from: Date | undefined, to: Date | undefined, now: Date, find: (path: string, m: string) => void) {
  const end = to ?? now;
  const oldest = now.getTime() - KEPT_DAYS * DAY * 1000;
  for (const [path, value] of Object.entries({ from, to })) {
    if (value !== undefined && value.getTime() < oldest) {
      find(path, `must not be longer ago than ${KEPT_DAYS} days: figures are not kept longer`);
    }
  }
  if (from === undefined || from.getTime() < oldest) return;
  if (from >= end) find('from', to === undefined ? 'must be in the past' : 'must be before `to`');
  else if (end.getTime() - from.getTime() > LONGEST_DAYS * DAY * 1000) {
    find('from', `must be at most ${LONGEST_DAYS} days before \`to\``);
  }
}
