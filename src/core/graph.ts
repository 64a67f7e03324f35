/** The shape of a template: for each step its parents, as positions in the list of steps. */
export interface Graph {
  /** parents[n] are the steps that step n depends on. */
  readonly parents: readonly (readonly number[])[];
  /** children[n] are the steps that depend on step n. */
  readonly children: readonly (readonly number[])[];
}

export function graphOf(parents: readonly (readonly number[])[]): Graph {
  const children: number[][] = parents.map(() => []);
  parents.forEach((list, child) => list.forEach((parent) => children[parent]!.push(child)));
  return { parents, children };
}

/**
 * Level of every step: 0 for a root, else one more than its deepest parent (Kahn's algorithm).
 *
 * @returns null if the graph has a cycle
 */
export function levelsOf({ parents, children }: Graph): number[] | null {
  const waiting = parents.map((list) => list.length);
  const levels = parents.map(() => 0);
  const queue = waiting.flatMap((count, step) => (count === 0 ? [step] : []));
  for (let head = 0; head < queue.length; head++) {
    const step = queue[head]!;
    for (const child of children[step]!) {
      levels[child] = Math.max(levels[child]!, levels[step]! + 1);
      if (--waiting[child]! === 0) queue.push(child);
    }
  }
  return queue.length === parents.length ? levels : null;
}

/** Steps of one cycle in the order of their edges, the first not repeated; null if there is none. */
export function findCycle({ parents }: Graph): number[] | null {
  const done = new Set<number>();
  for (let start = 0; start < parents.length; start++) {
    const cycle = cycleFrom(start, parents, done);
    if (cycle) return cycle;
  }
  return null;
}

/** Walks from child to parent with a stack of its own: a chain of thousands must not overflow the call stack. */
function cycleFrom(start: number, parents: Graph['parents'], done: Set<number>): number[] | null {
  if (done.has(start)) return null;
  const path: { step: number; next: number }[] = [{ step: start, next: 0 }];
  const onPath = new Map<number, number>([[start, 0]]);
  while (path.length > 0) {
    const top = path[path.length - 1]!;
    const parent = parents[top.step]![top.next++];
    if (parent === undefined) {
      done.add(top.step);
      onPath.delete(top.step);
      path.pop();
    } else if (onPath.has(parent)) {
      return path
        .slice(onPath.get(parent))
        .map(({ step }) => step)
        .reverse();
    } else if (!done.has(parent)) {
      onPath.set(parent, path.length);
      path.push({ step: parent, next: 0 });
    }
  }
  return null;
}

/** All steps that must finish before `step`, in ascending order. */
export function ancestorsOf({ parents }: Graph, step: number): number[] {
  const found = new Set<number>();
  const stack = [...parents[step]!];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    stack.push(...parents[next]!);
  }
  return [...found].sort((a, b) => a - b);
}

/** Steps that nothing depends on: when they are satisfied, everything is. */
export const sinksOf = ({ children }: Graph): number[] =>
  children.flatMap((list, step) => (list.length === 0 ? [step] : []));
