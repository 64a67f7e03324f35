import type { TaskState } from '../../core/states.js';

export const TASK_SORTS = ['created_at', '-created_at', 'priority', '-priority'] as const;
export type TaskSort = (typeof TASK_SORTS)[number];

/** Which tasks, in which order; all conditions must hold. */
export interface TaskFilter {
  namespace?: string;
  name?: string;
  version?: string;
  /** In one of these. */
  states?: readonly TaskState[];
  tag?: string;
  initiator?: string;
  sourceSystem?: string;
  correlationId?: string;
  /** At or after. */
  createdAfter?: Date;
  /** Before. */
  createdBefore?: Date;
  /** What stands at paths into the context, as text. */
  context: readonly { path: readonly string[]; value: string }[];
  sort: TaskSort;
  /** Where the page before ended. */
  after: PageEnd | null;
}

export interface PageEnd {
  id: string;
  priority: number;
}

export interface FilterSql {
  where: string;
  orderBy: string;
  parameters: unknown[];
}

/**
 * The filter as SQL over `task t` and `template p`. Order of creation is the order of ids, which the primary key has.
 *
 * @param firstIdAt - the qualified name of the function first_id_at
 */
export function filterSql(filter: TaskFilter, firstIdAt: string): FilterSql {
  const parameters: unknown[] = [];
  const value = (given: unknown): string => `$${parameters.push(given)}`;
  const equal = (column: string, given: string | undefined): string[] =>
    given === undefined ? [] : [`${column} = ${value(given)}`];
  const { createdAfter, createdBefore, states, tag } = filter;

  const conditions = [
    ...equal('p.namespace', filter.namespace),
    ...equal('p.name', filter.name),
    ...equal('p.version', filter.version),
    ...equal('t.initiator', filter.initiator),
    ...equal('t.source_system', filter.sourceSystem),
    ...equal('t.correlation_id', filter.correlationId),
    ...(states ? [`t.state::text = any (${value(states)})`] : []),
    ...(tag === undefined ? [] : [`${value(tag)} = any (t.tags)`]),
    // An id begins with the clock of the process that made it: a day is more than clocks and transactions differ by.
    ...(createdAfter
      ? [
          `t.created_at >= ${value(createdAfter)}`,
          `t.id >= ${firstIdAt}(${value(createdAfter)}::timestamptz - interval '1 day')`,
        ]
      : []),
    ...(createdBefore
      ? [
          `t.created_at < ${value(createdBefore)}`,
          `t.id < ${firstIdAt}(${value(createdBefore)}::timestamptz + interval '1 day')`,
        ]
      : []),
    ...filter.context.map(({ path, value: text }) => `t.context #>> ${value(path)}::text[] = ${value(text)}`),
  ];

  const descending = filter.sort.startsWith('-');
  const columns = filter.sort.endsWith('priority') ? ['t.priority', 't.id'] : ['t.id'];
  if (filter.after) {
    const { priority, id } = filter.after;
    const end = columns.length === 2 ? [`${value(priority)}::int2`, `${value(id)}::uuid`] : [`${value(id)}::uuid`];
    conditions.push(`(${columns.join(', ')}) ${descending ? '<' : '>'} (${end.join(', ')})`);
  }
  return {
    where: conditions.length > 0 ? `where ${conditions.join('\n  and ')}` : '',
    orderBy: columns.map((column) => (descending ? `${column} desc` : column)).join(', '),
    parameters,
  };
}
