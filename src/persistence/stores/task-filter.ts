import type { TaskState } from '../../core/states.js';
import { stretches, type PageEnd, type TaskSort, type Value } from './task-order.js';

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
  /** Everybody, if not given. */
  visibleTo?: Viewer;
  /** Where the page before ended. */
  after: PageEnd | null;
}

/** Who looks at tasks. */
export interface Viewer {
  /** Null for all. */
  namespaces: readonly string[] | null;
  /** Held against the roles that templates ask for; null for nobody known, who sees no task of such a template. */
  roles: readonly string[] | null;
}

/** Qualified names of what a filter's SQL refers to. */
export interface FilterNames {
  firstIdAt: string;
  template: string;
  state: string;
}

export interface FilterSql {
  where: string;
  orderBy: string;
  parameters: unknown[];
}

/** Ids that are all there are: said along with a trait, it makes the planner count on the few ranges of a rare one. */
const ANY_ID = `t.id >= '00000000-0000-0000-0000-000000000000'`;
/** An index of ranges is read once for each template. */
const MOST_TEMPLATES_BY_INDEX = 4;

/**
 * The filter as SQL over `task t` and `template p`: the stretches of its list, to be read one after the other until the page is
 * full.
 *
 * @param templates - ids of the templates of which tasks may be, see {@link templatesSql}; null for all
 */
export function filterSql(filter: TaskFilter, templates: readonly number[] | null, names: FilterNames): FilterSql[] {
  return stretches(filter.sort, filter.after).map((stretch) => {
    const parameters: unknown[] = [];
    const value: Value = (given) => `$${parameters.push(given)}`;
    const { conditions, orderBy } = stretch(value);
    const all = [...conditions, ...traits(filter, templates, value), ...rest(filter, names, value)];
    return { where: all.length > 0 ? `where ${all.join('\n  and ')}` : '', orderBy, parameters };
  });
}

/** The ids of the templates that the filter names; null where it names none. */
export function templatesSql(filter: TaskFilter, template: string): { sql: string; parameters: unknown[] } | null {
  const parameters: unknown[] = [];
  const conditions = [
    ...equal('p.namespace', filter.namespace, (given) => `$${parameters.push(given)}`),
    ...equal('p.name', filter.name, (given) => `$${parameters.push(given)}`),
    ...equal('p.version', filter.version, (given) => `$${parameters.push(given)}`),
    ...(filter.visibleTo?.namespaces ? [`p.namespace = any ($${parameters.push(filter.visibleTo.namespaces)})`] : []),
  ];
  return conditions.length === 0
    ? null
    : { sql: `select p.id from ${template} p where ${conditions.join(' and ')}`, parameters };
}

/** Whether it asks for a trait whose index must have been summarized. */
export const asksForTraits = ({ initiator, sourceSystem, correlationId }: TaskFilter, templates: unknown): boolean =>
  [initiator, sourceSystem, correlationId, templates ?? undefined].some((asked) => asked !== undefined);

function traits(filter: TaskFilter, templates: readonly number[] | null, value: Value): string[] {
  const byTemplate = (ids: readonly number[]): string =>
    ids.length === 1
      ? `t.template_id = ${value(ids[0])}::int`
      : `t.template_id${ids.length > MOST_TEMPLATES_BY_INDEX ? ' + 0' : ''} = any (${value(ids)}::int[])`;
  return [
    ...equal('t.initiator', filter.initiator, value),
    ...equal('t.source_system', filter.sourceSystem, value),
    ...equal('t.correlation_id', filter.correlationId, value),
    ...(templates ? [byTemplate(templates)] : []),
    ...(asksForTraits(filter, templates) ? [ANY_ID] : []),
  ];
}

function rest(filter: TaskFilter, { firstIdAt, template, state }: FilterNames, value: Value): string[] {
  const { createdAfter, createdBefore, states, tag } = filter;
  return [
    ...(states?.length === 1 ? [`t.state = ${value(states[0])}::${state}`] : []),
    ...(states && states.length !== 1 ? [`t.state = any (${value(states)}::${state}[])`] : []),
    ...(tag === undefined ? [] : [`t.tags @> array[${value(tag)}::text]`, `t.tags <> '{}'`]),
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
    ...(filter.visibleTo ? rolesSql(filter.visibleTo, template, value) : []),
    ...filter.context.map(({ path, value: text }) => `t.context #>> ${value(path)}::text[] = ${value(text)}`),
  ];
}

const equal = (column: string, given: string | undefined, value: Value): string[] =>
  given === undefined ? [] : [`${column} = ${value(given)}`];

/** Templates that ask for roles are few, and looked for once for a whole list. */
function rolesSql({ roles }: Viewer, template: string, value: Value): string[] {
  const rules = `r.definition #> '{security,accessControl}'`;
  const held =
    roles === null
      ? ''
      : `and json_array_length(${rules} -> 'allowedRoles') > 0
         and not (${rules} -> 'allowedRoles')::jsonb ?| ${value(roles)}::text[]`;
  return [
    `t.template_id <> all (array(
       select r.id from ${template} r where (${rules} ->> 'authenticationRequired')::boolean ${held}))`,
  ];
}
