import { levelsOf, type Graph } from './graph.js';
import type { StepState } from './states.js';

/** What is known of one step of a task. */
export interface StepFacts {
  state: StepState;
  /** From its first attempt's begin until it was over, or until now: retries and what lay between them included; 0 if none began. */
  ranMs: number;
}

/** The chain of steps that the task's length hangs on. */
export interface CriticalPath {
  /** From a root to a step without dependents. */
  steps: number[];
  /** What its steps took so far. */
  ranMs: number;
}

/** A step that has failed, or waits to be tried again, and what cannot start because of it. */
export interface Blockage {
  step: number;
  /** In ascending order; steps that are blocked by several are among those of each. */
  blocked: number[];
}

/** What the shape of a task and the states of its steps come to. */
export interface DependencyAnalysis {
  /** Steps by level: roots first, then those whose deepest parent is on the level before. */
  levels: number[][];
  criticalPath: CriticalPath;
  /** Steps that wait for parents of which one, however far up, has failed or was cancelled, ascending. */
  blocked: number[];
  blockages: Blockage[];
}

const FAILED: readonly StepState[] = ['error', 'cancelled'];
const HOLDING: readonly StepState[] = ['error', 'cancelled', 'waiting_for_retry'];

/** @throws Error where the graph has a cycle, which no template has */
export function analyzeDependencies(graph: Graph, steps: readonly StepFacts[]): DependencyAnalysis {
  const levelOf = levelsOf(graph);
  if (levelOf === null) throw new Error('The graph has a cycle.');
  const levels: number[][] = [];
  levelOf.forEach((level, step) => (levels[level] ??= []).push(step));
  const blockages = steps.flatMap(({ state }, step) => {
    if (!HOLDING.includes(state)) return [];
    const blocked = blockedBy(graph, steps, step);
    // what was cancelled with its dependents holds nobody up
    return state === 'cancelled' && blocked.length === 0 ? [] : [{ step, blocked }];
  });
  const failing = blockages.filter(({ step }) => FAILED.includes(steps[step]!.state));
  return {
    levels,
    criticalPath: criticalPath(graph, levels, steps),
    blocked: ascending(new Set(failing.flatMap(({ blocked }) => blocked))),
    blockages: blockages.sort((a, b) => b.blocked.length - a.blocked.length || a.step - b.step),
  };
}

/**
 * The path from a root to a leaf whose steps took longest in all; of equally long ones the one with more steps, which is the one
 * that has more left to do, then the one with the first steps of the template.
 */
function criticalPath({ parents, children }: Graph, levels: number[][], steps: readonly StepFacts[]): CriticalPath {
  const best: { ranMs: number; length: number; before: number | null }[] = [];
  for (const step of levels.flat()) {
    const before = longest(parents[step]!, best);
    const { ranMs, length } = before === null ? { ranMs: 0, length: 0 } : best[before]!;
    best[step] = { ranMs: ranMs + steps[step]!.ranMs, length: length + 1, before };
  }
  const last = longest(
    children.flatMap((list, step) => (list.length === 0 ? [step] : [])),
    best,
  );
  const path: number[] = [];
  for (let step = last; step !== null; step = best[step]!.before) path.unshift(step);
  return { steps: path, ranMs: last === null ? 0 : best[last]!.ranMs };
}

function longest(candidates: readonly number[], best: readonly { ranMs: number; length: number }[]): number | null {
  let found: number | null = null;
  for (const step of [...candidates].sort((a, b) => a - b)) {
    const [one, other] = [best[step]!, found === null ? null : best[found]!];
    if (other === null || one.ranMs > other.ranMs || (one.ranMs === other.ranMs && one.length > other.length)) {
      found = step;
    }
  }
  return found;
}

/** Steps that wait for this one, directly or not: through others that wait. */
function blockedBy({ children }: Graph, steps: readonly StepFacts[], from: number): number[] {
  const found = new Set<number>();
  const stack = [from];
  for (let step = stack.pop(); step !== undefined; step = stack.pop()) {
    for (const child of children[step]!) {
      if (steps[child]!.state !== 'pending' || found.has(child)) continue;
      found.add(child);
      stack.push(child);
    }
  }
  return ascending(found);
}

const ascending = (steps: Iterable<number>): number[] => [...steps].sort((a, b) => a - b);

/** When something ran. */
export interface Interval {
  beganMs: number;
  endedMs: number;
}

/** How many ran at once, at most and on average over the time in which any ran; what ends as another begins is not at once. */
export function concurrencyOf(intervals: readonly Interval[]): { most: number; average: number } {
  const moves = intervals
    .flatMap(({ beganMs, endedMs }) => [
      { at: beganMs, by: 1 },
      { at: Math.max(beganMs, endedMs), by: -1 },
    ])
    .sort((a, b) => a.at - b.at || a.by - b.by);
  let [running, most, busyMs, ranMs] = [0, 0, 0, 0];
  moves.forEach(({ at, by }, n) => {
    const passed = n === 0 ? 0 : at - moves[n - 1]!.at;
    if (running > 0) busyMs += passed;
    ranMs += running * passed;
    running += by;
    most = Math.max(most, running);
  });
  return { most: intervals.length === 0 ? 0 : Math.max(1, most), average: busyMs === 0 ? 0 : ranMs / busyMs };
}
