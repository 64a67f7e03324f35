import fc from 'fast-check';
import { parseCondition } from './condition.js';

const decide = (text: string, facts: Record<string, unknown> = {}): boolean | null =>
  parseCondition(text).decide(facts);

describe('a decision by a condition', () => {
  it.each([
    ['x > 1', null],
    ['NOT x > 1', null],
    ['x != 1', null],
    ['x in [1, 2]', null],
    ['x', null],
    ['x / 2 > 1', null],
    ['x > 1 AND y > 1', null],
    ['x > 1 AND y < 1', false],
    ['y > 1 OR x > 1', true],
    ['y < 1 OR x > 1', null],
    ['y / 0 > 1', null],
    ['x == null', true],
    ['x != null', false],
    ['y == null', false],
    ["z == 'a'", true],
  ])('%s, where only y and z are known, is %s', (text, decision) => {
    expect(decide(text, { y: 2, z: 'a' })).toBe(decision);
  });

  it('is what the condition answers wherever all names are known', () => {
    const facts = fc.record({ a: fc.integer({ min: -3, max: 3 }), b: fc.boolean(), c: fc.constantFrom('x', 'y') });
    const part = fc.constantFrom('a > 1', 'a + 1 <= 2', 'b', 'b == true', "c == 'x'", "c in ['y']", 'a != 0', 'NOT b');
    const text = fc
      .array(fc.tuple(part, fc.constantFrom('AND', 'OR')), { minLength: 1, maxLength: 5 })
      .map((parts) => parts.map(([one, joint], n) => (n === 0 ? one : `${joint} ${one}`)).join(' '));
    fc.assert(
      fc.property(text, facts, (condition, known) => {
        expect(decide(condition, known)).toBe(parseCondition(condition).evaluate(known));
      }),
    );
  });

  it('never changes when more becomes known, once it is made', () => {
    const known = fc.record({ a: fc.integer({ min: 0, max: 2 }), b: fc.integer({ min: 0, max: 2 }) });
    const part = fc.constantFrom('a > 1', 'b > 1', 'NOT a == 0', 'a < b', 'b - a > 0');
    const text = fc.array(fc.tuple(part, fc.constantFrom('AND', 'OR')), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(text, known, fc.constantFrom('a', 'b'), (parts, facts, hidden) => {
        const condition = parts.map(([one, joint], n) => (n === 0 ? one : `${joint} ${one}`)).join(' ');
        const some = Object.fromEntries(Object.entries(facts).filter(([name]) => name !== hidden));
        const early = decide(condition, some);
        if (early !== null) expect(decide(condition, facts)).toBe(early);
      }),
    );
  });
});
