import fc from 'fast-check';
import { graphOf, levelsOf } from '../core/graph.js';
import { STEP_STATES } from '../core/states.js';
import type { Diagram } from './diagram.js';
import { diagramHtml } from './diagram-html.js';
import { layOut } from './diagram-layout.js';
import { diagramSvg } from './diagram-svg.js';

const name = fc.oneof(fc.string({ minLength: 1, maxLength: 60 }), fc.constant('<script>alert("&")</script>'));

const diagram: fc.Arbitrary<Diagram> = fc.integer({ min: 1, max: 25 }).chain((size) =>
  fc
    .record({
      parents: fc.tuple(
        ...Array.from({ length: size }, (_, place) =>
          place === 0 ? fc.constant<number[]>([]) : fc.uniqueArray(fc.nat(place - 1), { maxLength: 4 }),
        ),
      ),
      names: fc.array(name, { minLength: size, maxLength: size }),
      states: fc.array(fc.constantFrom(...STEP_STATES), { minLength: size, maxLength: size }),
    })
    .map(({ parents, names, states }) => {
      const levels = levelsOf(graphOf(parents))!;
      return {
        nodes: names.map((text, n) => ({ id: `n${n}`, name: text, status: states[n]!, level: levels[n]! })),
        edges: parents.flatMap((above, n) => above.map((parent) => ({ from: `n${parent}`, to: `n${n}` }))),
      };
    }),
);

describe('the layout of a diagram', () => {
  it('gives every step a place of its own within the picture, below its parents', () => {
    fc.assert(
      fc.property(diagram, (given) => {
        const { width, height, boxes, lines } = layOut(given);
        expect(boxes.map(({ node }) => node.id).sort()).toEqual(given.nodes.map(({ id }) => id).sort());
        for (const box of boxes) {
          expect(box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height).toBe(true);
          const beside = boxes.filter((other) => other !== box && other.y === box.y);
          const overlap = beside.filter(({ x, width: w }) => x < box.x + box.width && box.x < x + w);
          expect(overlap).toEqual([]);
        }
        const byId = new Map(boxes.map((box) => [box.node.id, box]));
        given.edges.forEach(({ from, to }, n) => {
          const [start, end] = [byId.get(from)!, byId.get(to)!];
          expect(start.y + start.height).toBeLessThan(end.y);
          expect(lines[n]![0]![1]).toBe(start.y + start.height);
          expect(lines[n]!.at(-1)![1]).toBe(end.y);
        });
      }),
    );
  });

  it('lets no line run through a box that it passes', () => {
    fc.assert(
      fc.property(diagram, (given) => {
        const { boxes, lines } = layOut(given);
        for (const line of lines) {
          // a line passes a level upright, from its upper edge to its lower
          for (const [x, y] of line.slice(1, -1)) {
            const inside = boxes.filter(
              (box) => y >= box.y && y <= box.y + box.height && x > box.x && x < box.x + box.width,
            );
            expect(inside).toEqual([]);
          }
        }
      }),
    );
  });

  it('is the same each time', () => {
    fc.assert(fc.property(diagram, (given) => expect(layOut(given)).toEqual(layOut(structuredClone(given)))));
  });
});

describe('the picture of a diagram', () => {
  it('has a title, a box and a state for each step, and nothing that a name could smuggle in', () => {
    fc.assert(
      fc.property(diagram, (given) => {
        const svg = diagramSvg(given);
        expect(svg.match(/<rect /g)).toHaveLength(given.nodes.length);
        expect(svg.match(/marker-end/g) ?? []).toHaveLength(given.edges.length);
        for (const page of [svg, diagramHtml(given, given.nodes[0]!.name)]) {
          expect(page).not.toMatch(/<script|javascript:|\son\w+=/i);
          expect(balance(page.replace(/<!doctype html>|<meta [^>]*>/g, ''))).toEqual([]);
        }
      }),
    );
  });

  it('of a page counts the steps in each state that any is in', () => {
    const page = diagramHtml(
      {
        nodes: ['a', 'b', 'c'].map((id, n) => ({ id, name: id, status: n === 0 ? 'error' : 'pending', level: 0 })),
        edges: [],
      },
      'order & more',
    );
    expect(page).toContain('<title>order &amp; more</title>');
    expect([...page.matchAll(/<li [^>]*>([^<]*)</g)].map(([, text]) => text)).toEqual(['pending 2', 'error 1']);
  });
});

/** Tags that are not closed, or closed without having been opened. */
function balance(text: string): string[] {
  const open: string[] = [];
  for (const [, slash, tag, rest] of text.matchAll(/<(\/?)([a-z]+\d?)([^>]*)>/g)) {
    if (slash === '') {
      if (!rest!.endsWith('/')) open.push(tag!);
    } else if (open.pop() !== tag) return [`</${tag}>`];
  }
  return open;
}
