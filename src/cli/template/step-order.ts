/** A step of a proven template: names are unique, and the graph has no cycle. */
export interface OrderedStep {
  name: string;
  dependsOn: readonly string[];
}

/** 0 for a step without parents, else one more than its deepest parent. */
export function levelsByName(steps: readonly OrderedStep[]): Map<string, number> {
  const children = new Map(steps.map(({ name }): [string, string[]] => [name, []]));
  for (const { name, dependsOn } of steps) for (const parent of dependsOn) children.get(parent)!.push(name);
  const waitsFor = new Map(steps.map(({ name, dependsOn }) => [name, dependsOn.length]));
  const levels = new Map<string, number>();
  let due = steps.filter(({ dependsOn }) => dependsOn.length === 0).map(({ name }) => name);
  for (let level = 0; due.length > 0; level++) {
    const next: string[] = [];
    for (const name of due) {
      levels.set(name, level);
      for (const child of children.get(name)!) {
        const left = waitsFor.get(child)! - 1;
        waitsFor.set(child, left);
        if (left === 0) next.push(child);
      }
    }
    due = next;
  }
  return levels;
}

/** For each step the names of all that must finish before it, in the steps' order. */
export function ancestorsByName(steps: readonly OrderedStep[]): Map<string, string[]> {
  const parents = new Map(steps.map(({ name, dependsOn }) => [name, dependsOn]));
  return new Map(
    steps.map(({ name, dependsOn }) => {
      const found = new Set<string>();
      const next = [...dependsOn];
      for (let parent = next.pop(); parent !== undefined; parent = next.pop()) {
        if (found.has(parent)) continue;
        found.add(parent);
        next.push(...parents.get(parent)!);
      }
      return [name, steps.flatMap((step) => (found.has(step.name) ? [step.name] : []))];
    }),
  );
}
