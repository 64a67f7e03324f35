import fc from 'fast-check';
import type { StepDefinition } from '../core/template-definition.js';
import { loadTemplates } from './load-templates.js';
import type { LoadResult } from './load-templates.js';

const options = { environment: 'test', env: {} };
const load = (steps: StepDefinition[]): LoadResult => loadTemplates([{ name: 't', step_templates: steps }], options);

/** Steps in a random order, each with some of those before it in a hidden order as parents. */
const dag = fc
  .integer({ min: 1, max: 40 })
  .chain((size) =>
    fc.record({
      parents: fc.tuple(
        ...Array.from({ length: size }, (_, n) => fc.subarray(Array.from({ length: n }, (_each, p) => `s${p}`))),
      ),
      order: fc.shuffledSubarray(
        Array.from({ length: size }, (_, n) => n),
        { minLength: size },
      ),
    }),
  )
  .map(({ parents, order }) =>
    order.map((n): StepDefinition => ({ name: `s${n}`, handler_class: 'h', depends_on_steps: parents[n] })),
  );

describe('the graph of steps', () => {
  it('loads whatever the order of the steps, and keeps every edge', () => {
    fc.assert(
      fc.property(dag, (steps) => {
        const { templates, findings } = load(steps);
        expect(findings).toEqual([]);
        expect(templates[0]!.template.steps.map(({ name, dependsOn }) => [name, dependsOn])).toEqual(
          steps.map(({ name, depends_on_steps: parents }) => [name, parents]),
        );
      }),
    );
  });

  it('is refused with its cycle as soon as an edge leads back', () => {
    fc.assert(
      fc.property(dag, fc.nat(), (steps, pick) => {
        const edges = steps.flatMap(({ name, depends_on_steps: parents }) =>
          parents!.map((parent) => [parent, name] as const),
        );
        fc.pre(edges.length > 0);
        const [parent, child] = edges[pick % edges.length]!;
        const back = steps.map((step) => (step.name === parent ? { ...step, depends_on_step: child } : step));
        const { templates, findings } = load(back);
        expect(templates).toEqual([]);
        expect(findings.length).toBeGreaterThan(0);
        for (const { message } of findings) expect(message).toMatch(/in a cycle: (\S+) -> .*-> \1\. /);
      }),
    );
  });

  it('shows the ends of a long cycle only', () => {
    const ring = Array.from({ length: 5_000 }, (_, n): StepDefinition => ({
      name: `s${n}`,
      handler_class: 'h',
      depends_on_step: `s${(n + 4_999) % 5_000}`,
    }));
    expect(load(ring).findings).toEqual([
      {
        path: 'code: step_templates[0].depends_on_step',
        message: expect.stringMatching(/: s0 -> s1 -> .* -> s10 -> … 4988 more … -> s4999 -> s0\./) as string,
      },
    ]);
  });
});
