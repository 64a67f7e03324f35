import type { Finding } from '../core/errors.js';
import { isUuid } from '../core/identity.js';
import { isPlainObject } from '../core/json.js';
import { TASK_STATES, type TaskState } from '../core/states.js';
import { didYouMean } from '../core/suggest.js';
import type { TaskFilter, Viewer } from '../persistence/stores/task-filter.js';
import { TASK_SORTS, type PageEnd, type TaskSort } from '../persistence/stores/task-order.js';
import { unfit } from '../templates/written.js';
import { invalid } from './refusals.js';
import { date } from './request-shape.js';

/** Which tasks to list; all conditions must hold. */
export interface ListFilter {
  namespace?: string;
  name?: string;
  version?: string;
  /** In this state, or in one of these. */
  status?: TaskState | TaskState[];
  tag?: string;
  initiator?: string;
  sourceSystem?: string;
  correlationId?: string;
  /** At or after. */
  createdAfter?: Date;
  /** Before. */
  createdBefore?: Date;
  /** What stands in the context, as text, by dotted path: `{ 'customer.id': '17' }`. */
  context?: Record<string, string>;
  /** @default '-created_at' */
  sort?: TaskSort;
  /** 1 to 100. @default 25 */
  limit?: number;
  /** `nextCursor` of the page before, with the same filter. */
  cursor?: string;
  /** Only those that somebody with these namespaces (null for all) and roles (null for nobody known) may see. @default all */
  visibleTo?: Viewer;
}

export interface ListQuery {
  filter: TaskFilter;
  limit: number;
}

const DEFAULT_SORT: TaskSort = '-created_at';
const DEFAULT_LIMIT = 25;
const MAX_LIMIT = 100;

const TEXTS = ['namespace', 'name', 'version', 'tag', 'initiator', 'sourceSystem', 'correlationId', 'cursor'] as const;
const DATES = ['createdAfter', 'createdBefore'] as const;
const FIELDS: readonly string[] = [...TEXTS, ...DATES, 'status', 'context', 'sort', 'limit', 'visibleTo'];

/** @throws TaskerError `request_invalid` with everything that is wrong with the filter */
export function readFilter(given: ListFilter): ListQuery {
  const { cursor, limit = DEFAULT_LIMIT, sort = DEFAULT_SORT, status, context = {}, ...rest } = given;
  const findings: Finding[] = Object.keys(given)
    .filter((path) => !FIELDS.includes(path))
    .map((path) => ({ path, message: `is not a filter.${didYouMean(path, FIELDS)}` }));
  const check = (path: string, wrong: string | null): unknown =>
    wrong !== null && findings.push({ path, message: wrong });

  for (const path of TEXTS) if (given[path] !== undefined) check(path, wrongText(given[path]));
  for (const path of DATES) if (given[path] !== undefined) check(path, date(given[path]));
  const states = status === undefined ? undefined : [status].flat();
  for (const state of states ?? []) check('status', oneOf(state, TASK_STATES));
  check('sort', oneOf(sort, TASK_SORTS));
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT)
    check('limit', `must be an integer from 1 to ${MAX_LIMIT}`);
  if (!isPlainObject(context)) check('context', 'must be a map of paths and texts');
  else for (const [path, value] of Object.entries(context)) check(`context.${path}`, unfit(path) ?? wrongText(value));
  const after = typeof cursor === 'string' ? readCursor(cursor, sort) : null;
  if (cursor !== undefined && after === null) {
    check('cursor', 'is not the next_cursor of a page with this sort: leave it out to start from the first page');
  }

  if (findings.length > 0) throw invalid('request_invalid', 'The filter is not valid', findings);
  const paths = Object.entries(context).map(([path, value]) => ({ path: path.split('.'), value }));
  return { filter: { ...rest, states, context: paths, sort, after }, limit };
}

/** Where a page ends, in a form that is nobody else's business. */
export const writeCursor = (sort: TaskSort, { id, priority }: PageEnd): string =>
  Buffer.from(JSON.stringify([sort, priority, id])).toString('base64url');

function readCursor(cursor: string, sort: TaskSort): PageEnd | null {
  try {
    const read = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown;
    if (!Array.isArray(read) || read.length !== 3) return null;
    const [madeFor, priority, id] = read as unknown[];
    const isOurs = madeFor === sort && Number.isInteger(priority) && Math.abs(priority as number) <= 100;
    return isOurs && typeof id === 'string' && isUuid(id) ? { id, priority: priority as number } : null;
  } catch {
    return null;
  }
}

const wrongText = (value: unknown): string | null => (typeof value === 'string' ? unfit(value) : 'must be text');

const oneOf = (value: unknown, known: readonly string[]): string | null =>
  known.includes(value as string) ? null : `must be one of ${known.join(', ')}.${didYouMean(String(value), known)}`;
