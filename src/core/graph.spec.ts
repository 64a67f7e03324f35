import fc from 'fast-check';
import { ancestorsOf, findCycle, graphOf, levelsOf, sinksOf } from './graph.js';

/** Parents of each step, chosen among the steps before it, then renumbered at random: no cycle, in any order. */
const acyclic = fc.array(fc.array(fc.nat(), { maxLength: 5 }), { minLength: 1, maxLength: 30 }).chain((picks) =>
  fc
    .shuffledSubarray(
      picks.map((_, n) => n),
      { minLength: picks.length },
    )
    .map((names) => {
      const parents: number[][] = picks.map(() => []);
      picks.forEach((chosen, step) => {
        const earlier = step === 0 ? [] : chosen.map((pick) => names[pick % step]!);
        parents[names[step]!] = [...new Set(earlier)];
      });
      return graphOf(parents);
    }),
);

const any = fc
  .array(fc.array(fc.nat({ max: 14 }), { maxLength: 3 }), { minLength: 15, maxLength: 15 })
  .map((parents) => graphOf(parents.map((list) => [...new Set(list)])));

const DIAMOND = graphOf([[], [0], [0], [1, 2]]);

describe('graphOf', () => {
  it('turns parents into children', () => {
    expect(DIAMOND.children).toEqual([[1, 2], [3], [3], []]);
  });

  it('has every edge in both directions', () => {
    fc.assert(
      fc.property(any, ({ parents, children }) => {
        const down = parents.flatMap((list, child) => list.map((parent) => `${parent} ${child}`));
        const up = children.flatMap((list, parent) => list.map((child) => `${parent} ${child}`));
        expect(up.sort()).toEqual(down.sort());
      }),
    );
  });
});

describe('levelsOf', () => {
  it('counts from the roots along the longest way', () => {
    expect(levelsOf(DIAMOND)).toEqual([0, 1, 1, 2]);
    expect(levelsOf(graphOf([[], [0], [1], [0, 2]]))).toEqual([0, 1, 2, 3]);
  });

  it('is one more than the deepest parent, for every step', () => {
    fc.assert(
      fc.property(acyclic, (graph) => {
        const levels = levelsOf(graph)!;
        graph.parents.forEach((list, step) => {
          expect(levels[step]).toBe(list.length === 0 ? 0 : 1 + Math.max(...list.map((parent) => levels[parent]!)));
        });
      }),
    );
  });
});

describe('findCycle', () => {
  it('finds none where there is none', () => {
    fc.assert(fc.property(acyclic, (graph) => expect(findCycle(graph)).toBeNull()));
  });

  it('finds one exactly where the levels cannot be told, and what it finds is one', () => {
    fc.assert(
      fc.property(any, (graph) => {
        const cycle = findCycle(graph);
        expect(cycle === null).toBe(levelsOf(graph) !== null);
        cycle?.forEach((step, n) => {
          const next = cycle[(n + 1) % cycle.length]!;
          expect(graph.children[step]).toContain(next);
        });
        if (cycle) expect(new Set(cycle).size).toBe(cycle.length);
      }),
    );
  });

  it('finds a step that depends on itself', () => {
    expect(findCycle(graphOf([[], [1]]))).toEqual([1]);
  });

  it('walks a chain of a hundred thousand steps, and one that bites its tail', () => {
    const chain = Array.from({ length: 100_000 }, (_, n) => (n === 0 ? [] : [n - 1]));
    expect(findCycle(graphOf(chain))).toBeNull();
    chain[0] = [99_999];
    expect(findCycle(graphOf(chain))).toHaveLength(100_000);
  });
});

describe('ancestorsOf', () => {
  it('is everything that comes before, once, in ascending order', () => {
    expect(ancestorsOf(DIAMOND, 3)).toEqual([0, 1, 2]);
    expect(ancestorsOf(DIAMOND, 0)).toEqual([]);
  });

  it('is the parents and their ancestors, for every step', () => {
    fc.assert(
      fc.property(acyclic, (graph) => {
        graph.parents.forEach((list, step) => {
          const expected = new Set(list.flatMap((parent) => [parent, ...ancestorsOf(graph, parent)]));
          expect(ancestorsOf(graph, step)).toEqual([...expected].sort((a, b) => a - b));
        });
      }),
    );
  });

  it('does not visit a step once for every way to it', () => {
    // thirty diamonds in a row: 2^30 ways
    const parents: number[][] = [[]];
    for (let n = 0; n < 30; n++) parents.push([n * 3], [n * 3], [n * 3 + 1, n * 3 + 2]);
    expect(ancestorsOf(graphOf(parents), 90)).toHaveLength(90);
  });
});

describe('sinksOf', () => {
  it('is the steps that nothing depends on, at least one where there is no cycle', () => {
    expect(sinksOf(DIAMOND)).toEqual([3]);
    fc.assert(fc.property(acyclic, (graph) => expect(sinksOf(graph).length).toBeGreaterThan(0)));
  });
});
