import fc from 'fast-check';
import { graphOf, type Graph } from '../../core/graph.js';
import { STEP_STATES, type StepState } from '../../core/states.js';
import { Holders } from './holders.js';
import { isSatisfied } from './standing.js';

/** Random graphs whose edges go forward, with steps in any states. */
const standings = fc.integer({ min: 1, max: 60 }).chain((size) =>
  fc.record({
    graph: fc
      .tuple(
        ...Array.from({ length: size }, (_, n) =>
          fc.uniqueArray(fc.nat({ max: Math.max(0, n - 1) }), { maxLength: Math.min(n, 4) }),
        ),
      )
      .map((parents) => graphOf(parents)),
    states: fc.array(fc.constantFrom(...STEP_STATES, 'pending' as const), { minLength: size, maxLength: size }),
  }),
);

/** By walking up from the step. */
function walked({ parents }: Graph, states: readonly StepState[], step: number): number[] {
  const found = new Set<number>();
  const stack = [...parents[step]!];
  const seen = new Set<number>();
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (seen.has(next) || isSatisfied(states[next]!)) continue;
    seen.add(next);
    if (states[next] === 'pending') stack.push(...parents[next]!);
    else found.add(next);
  }
  return [...found].sort((a, b) => a - b);
}

describe('what holds pending steps in the end', () => {
  it('is what is found by walking up from each of them', () => {
    fc.assert(
      fc.property(standings, ({ graph, states }) => {
        const holders = new Holders(graph, states);
        const pending = states.flatMap((state, step) => (state === 'pending' ? [step] : []));
        const all = new Map(pending.map((step) => [step, walked(graph, states, step)]));
        for (const [step, expected] of all) expect(holders.of(step, states.length)).toEqual(expected);
        states.forEach((_, root) => {
          const held = [...all.values()].filter((found) => found.includes(root)).length;
          expect(holders.heldBy([root])).toBe(held);
        });
      }),
    );
  });

  it('is cut to so many', () => {
    const size = 40;
    const graph = graphOf([...Array.from({ length: size }, () => []), Array.from({ length: size }, (_, n) => n)]);
    const states: StepState[] = [...Array.from({ length: size }, () => 'ready' as const), 'pending'];
    const holders = new Holders(graph, states);
    expect(holders.of(size, 3)).toEqual([0, 1, 2]);
    expect(holders.heldBy([39])).toBe(1);
    expect(holders.of(0, 3)).toEqual([]);
  });
});
