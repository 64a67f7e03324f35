import type { StepState } from '../../core/states.js';
import type { Graph } from '../../core/graph.js';
import { levelsOf } from '../../core/graph.js';
import { isSatisfied } from './standing.js';

/**
 * Which steps hold each pending step in the end: those before it that are neither satisfied nor wait for parents themselves.
 * A set of bits for each pending step, so that graphs of thousands of steps take milliseconds.
 */
export class Holders {
  /** Steps that others may wait for; a bit of each set stands for one of these. */
  private readonly roots: number[] = [];
  private readonly sets = new Map<number, Uint32Array>();

  constructor(graph: Graph, states: readonly StepState[]) {
    const places = new Map<number, number>();
    states.forEach((state, step) => {
      if (state !== 'pending' && !isSatisfied(state)) places.set(step, this.roots.push(step) - 1);
    });
    const levels = levelsOf(graph)!;
    const pending = states.flatMap((state, step) => (state === 'pending' ? [step] : []));
    for (const step of pending.sort((a, b) => levels[a]! - levels[b]!)) {
      const set = new Uint32Array((this.roots.length + 31) >>> 5);
      for (const parent of graph.parents[step]!) {
        const place = places.get(parent);
        if (place !== undefined) set[place >>> 5]! |= 1 << (place & 31);
        else this.sets.get(parent)?.forEach((word, n) => (set[n]! |= word));
      }
      this.sets.set(step, set);
    }
  }

  /** Of one pending step, the first so many. */
  of(step: number, most: number): number[] {
    const set = this.sets.get(step);
    const found: number[] = [];
    for (let place = 0; set && place < this.roots.length && found.length < most; place++) {
      if (set[place >>> 5]! & (1 << (place & 31))) found.push(this.roots[place]!);
    }
    return found;
  }

  /** How many pending steps any of these holds. */
  heldBy(steps: readonly number[]): number {
    const wanted = new Uint32Array((this.roots.length + 31) >>> 5);
    const asked = new Set(steps);
    this.roots.forEach((step, place) => {
      if (asked.has(step)) wanted[place >>> 5]! |= 1 << (place & 31);
    });
    let held = 0;
    for (const set of this.sets.values()) if (set.some((word, n) => (word & wanted[n]!) !== 0)) held++;
    return held;
  }
}
