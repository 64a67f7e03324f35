import fc from 'fast-check';
import { analyzeDependencies, concurrencyOf, type Interval, type StepFacts } from './dependency-analysis.js';
import { graphOf, type Graph } from './graph.js';
import { STEP_STATES } from './states.js';

const dag = fc.integer({ min: 1, max: 9 }).chain((size) =>
  fc.record({
    parents: fc.tuple(
      ...Array.from({ length: size }, (_, n) =>
        n === 0 ? fc.constant<number[]>([]) : fc.uniqueArray(fc.nat(n - 1), { maxLength: 3 }),
      ),
    ),
    steps: fc.tuple(
      ...Array.from({ length: size }, () =>
        fc.record<StepFacts>({ state: fc.constantFrom(...STEP_STATES), ranMs: fc.nat(20) }),
      ),
    ),
  }),
);

/** Every path from a root to a leaf. */
function paths({ parents, children }: Graph): number[][] {
  const from = (step: number): number[][] =>
    children[step]!.length === 0
      ? [[step]]
      : children[step]!.flatMap((child) => from(child).map((rest) => [step, ...rest]));
  return parents.flatMap((list, step) => (list.length === 0 ? from(step) : []));
}

describe('analyzeDependencies', () => {
  it('finds a longest of all paths, and of the longest one with the most steps', () => {
    fc.assert(
      fc.property(dag, ({ parents, steps }) => {
        const graph = graphOf(parents);
        const { criticalPath } = analyzeDependencies(graph, steps);
        const sum = (path: number[]): number => path.reduce((total, step) => total + steps[step]!.ranMs, 0);
        const all = paths(graph);
        const longest = Math.max(...all.map(sum));
        expect(all).toContainEqual(criticalPath.steps);
        expect([sum(criticalPath.steps), criticalPath.ranMs]).toEqual([longest, longest]);
        const most = Math.max(...all.filter((path) => sum(path) === longest).map(({ length }) => length));
        expect(criticalPath.steps).toHaveLength(most);
      }),
    );
  });

  it('says of each step on which level it is: one more than its deepest parent', () => {
    fc.assert(
      fc.property(dag, ({ parents, steps }) => {
        const { levels } = analyzeDependencies(graphOf(parents), steps);
        const levelOf = (step: number): number => levels.findIndex((level) => level.includes(step));
        parents.forEach((list, step) => expect(levelOf(step)).toBe(Math.max(-1, ...list.map(levelOf)) + 1));
        expect(levels.flat().sort((a, b) => a - b)).toEqual(parents.map((_, step) => step));
      }),
    );
  });

  it('counts as blocked what waits for a failed step through steps that wait, and for no other reason', () => {
    fc.assert(
      fc.property(dag, ({ parents, steps }) => {
        const { blocked, blockages } = analyzeDependencies(graphOf(parents), steps);
        const waitsFor = (step: number, cause: number): boolean =>
          steps[step]!.state === 'pending' &&
          parents[step]!.some((parent) => parent === cause || waitsFor(parent, cause));
        for (const { step, blocked: of } of blockages) {
          expect(of).toEqual(parents.flatMap((_, n) => (waitsFor(n, step) ? [n] : [])));
        }
        const failed = parents.flatMap((_, n) => (['error', 'cancelled'].includes(steps[n]!.state) ? [n] : []));
        expect(blocked).toEqual(parents.flatMap((_, n) => (failed.some((cause) => waitsFor(n, cause)) ? [n] : [])));
        const named = new Set(blockages.map(({ step }) => step));
        expect(parents.every((_, n) => steps[n]!.state !== 'error' || named.has(n))).toBe(true);
      }),
    );
  });

  it('needs no more than a moment for a task of 2,000 steps of which every other one has failed', () => {
    const parents = Array.from({ length: 2_000 }, (_, n) => (n < 40 ? [] : [n - 40, n - 39, n - 1]));
    const steps = parents.map((_, n): StepFacts => ({ state: n % 2 === 0 ? 'error' : 'pending', ranMs: n % 7 }));
    const begun = performance.now();
    expect(analyzeDependencies(graphOf(parents), steps).blockages).toHaveLength(1_000);
    expect(performance.now() - begun).toBeLessThan(2_000);
  });
});

describe('concurrencyOf', () => {
  const interval = fc
    .tuple(fc.nat(50), fc.integer({ min: 1, max: 20 }))
    .map(([beganMs, length]): Interval => ({ beganMs, endedMs: beganMs + length }));

  it('is what counting millisecond by millisecond comes to', () => {
    fc.assert(
      fc.property(fc.array(interval, { maxLength: 12 }), (intervals) => {
        const running = Array.from(
          { length: 80 },
          (_, ms) => intervals.filter(({ beganMs, endedMs }) => beganMs <= ms && ms < endedMs).length,
        );
        const busy = running.filter((count) => count > 0);
        const { most, average } = concurrencyOf(intervals);
        expect(most).toBe(Math.max(0, ...running));
        expect(average).toBeCloseTo(busy.length === 0 ? 0 : busy.reduce((a, b) => a + b, 0) / busy.length, 9);
      }),
    );
  });
});
