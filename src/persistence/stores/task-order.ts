export const TASK_SORTS = ['created_at', '-created_at', 'priority', '-priority'] as const;
export type TaskSort = (typeof TASK_SORTS)[number];

/** Where a page ended. */
export interface PageEnd {
  id: string;
  priority: number;
}

/** A stretch of a list that one index gives in order. */
export interface Stretch {
  conditions: string[];
  orderBy: string;
}

/** Makes a parameter of a value, and answers its name. */
export type Value = (given: unknown) => string;

/**
 * The stretches of a list, one after the other, from where the page before ended. Order of creation is the order of ids, which
 * the primary key has. By priority there are three: tasks of priority 0, nearly all, are in no index of priorities.
 */
export function stretches(sort: TaskSort, after: PageEnd | null): ((value: Value) => Stretch)[] {
  const descending = sort.startsWith('-');
  const [beyond, direction] = descending ? ['<', ' desc'] : ['>', ''];
  const byId = `t.id${direction}`;
  const pastId = (value: Value): string[] => (after ? [`t.id ${beyond} ${value(after.id)}::uuid`] : []);
  if (!sort.endsWith('priority')) return [(value) => ({ conditions: pastId(value), orderBy: byId })];

  const signs = descending ? [1, 0, -1] : [-1, 0, 1];
  const begun = after ? Math.sign(after.priority) : signs[0]!;
  return signs.slice(signs.indexOf(begun)).map((sign) => (value) => {
    const begins = after === null || sign !== begun;
    if (sign === 0) return { conditions: ['t.priority = 0', ...(begins ? [] : pastId(value))], orderBy: byId };
    const past = begins
      ? []
      : [`(t.priority, t.id) ${beyond} (${value(after.priority)}::int2, ${value(after.id)}::uuid)`];
    return {
      conditions: [`t.priority ${sign > 0 ? '>' : '<'} 0`, ...past],
      orderBy: `t.priority${direction}, ${byId}`,
    };
  });
}
