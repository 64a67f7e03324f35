import { findCycle, graphOf } from '../core/graph.js';
import type { Located, Reading } from './reader.js';
import type { StepFields } from './shape/step-shape.js';
import { quoted } from './written.js';

/** A cycle leaves the graph once it is told, so that the next can be found. */
const MAX_CYCLES = 20;
const SHOWN_STEPS = 12;

/**
 * Checks the names and edges of steps: each name once, each parent known, no step before itself.
 *
 * @param allNamed - false if a step's name could not be read: then it is not known which parents are unknown
 */
export function checkGraph(steps: readonly StepFields[], allNamed: boolean, reading: Reading): void {
  const positions = uniqueNames(steps, reading);
  const names = [...positions.keys()];
  const parents = steps.map(({ name, dependsOn }, own) =>
    dependsOn.flatMap((parent) => {
      const position = positions.get(parent.value);
      if (parent.value === name?.value) {
        reading.findings.report(parent.at, `the step ${quoted(parent.value)} depends on itself: remove the dependency`);
      } else if (position === undefined) {
        if (allNamed) reportUnknown(parent, names, reading);
      } else if (position !== own) return [position];
      return [];
    }),
  );
  reportCycles(steps, parents, reading);
}

function uniqueNames(steps: readonly StepFields[], { findings }: Reading): Map<string, number> {
  const positions = new Map<string, number>();
  steps.forEach(({ name }, position) => {
    if (!name) return;
    const first = positions.get(name.value);
    if (first === undefined) positions.set(name.value, position);
    else {
      const place = steps[first]!.name!.at.text;
      findings.report(name.at, `the step name ${quoted(name.value)} is used twice, first at ${place}: rename one`);
    }
  });
  return positions;
}

function reportUnknown({ value, at }: Located<string>, names: readonly string[], reading: Reading): void {
  const suggestion = reading.suggestions.didYouMean(value, names);
  reading.findings.report(
    at,
    `there is no step ${quoted(value)} to depend on.${suggestion || ' Add it, or remove the dependency'}`,
  );
}

function reportCycles(steps: readonly StepFields[], parents: number[][], { findings }: Reading): void {
  for (let told = 0; told < MAX_CYCLES; told++) {
    const cycle = findCycle(graphOf(parents));
    if (cycle === null) return;
    const lowest = cycle.indexOf(Math.min(...cycle));
    const ring = [...cycle.slice(lowest), ...cycle.slice(0, lowest)];
    const names = ring.map((position) => steps[position]!.name!.value);
    const first = steps[ring[0]!]!;
    const edge = first.dependsOn.find(({ value }) => value === names.at(-1));
    findings.report(
      edge?.at ?? first.at,
      `the steps depend on each other in a cycle: ${ringText(names)}. Remove one of these dependencies`,
    );
    for (const position of cycle) parents[position] = [];
  }
}

function ringText(names: readonly string[]): string {
  const left = names.length - SHOWN_STEPS;
  const shown = left > 1 ? [...names.slice(0, SHOWN_STEPS - 1), `… ${left} more …`, names.at(-1)!] : names;
  return [...shown, names[0]!].join(' -> ');
}
