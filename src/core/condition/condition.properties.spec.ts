import fc from 'fast-check';
import { ConditionError, parseCondition } from './condition.js';
import type { Facts } from './condition.js';
import type { Expression } from './expression.js';
import { parse } from './parser.js';

const NAMES = ['a', 'b', 'payment.amount', 'items.0.sku', '__proto__', 'constructor.name', 'größe'];

const value = fc.oneof(
  fc.constantFrom(true, false, null),
  fc.integer({ min: -1_000, max: 1_000 }),
  fc.double({ min: 0, max: 1e6, noNaN: true, noDefaultInfinity: true }).map((number) => Number(number.toFixed(3))),
  fc.string({ unit: 'grapheme', maxLength: 10 }),
);
const literal = value.map((each): Expression => ({ kind: 'literal', value: Object.is(each, -0) ? 0 : each }));
const list = fc.array(literal, { maxLength: 3 }).map((items): Expression => ({ kind: 'list', items }));
const name = fc.constantFrom(...NAMES).map((text): Expression => ({ kind: 'name', path: text.split('.') }));

const { condition } = fc.letrec<{ operand: Expression; condition: Expression }>((tie) => ({
  operand: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    literal,
    name,
    fc.record({
      kind: fc.constant('arithmetic' as const),
      operator: fc.constantFrom('+' as const, '-' as const, '*' as const, '/' as const),
      left: tie('operand'),
      right: tie('operand'),
    }),
  ),
  condition: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    name,
    fc.record({
      kind: fc.constant('comparison' as const),
      operator: fc.constantFrom('==' as const, '!=' as const, '<' as const, '<=' as const, '>' as const, '>=' as const),
      left: tie('operand'),
      right: tie('operand'),
    }),
    fc.record({
      kind: fc.constant('in' as const),
      negated: fc.boolean(),
      left: tie('operand'),
      right: fc.oneof(list, name),
    }),
    tie('condition').map((inner): Expression => ({ kind: 'not', inner })),
    fc
      .tuple(fc.constantFrom('and' as const, 'or' as const), fc.array(tie('condition'), { minLength: 2, maxLength: 3 }))
      .map(([kind, parts]): Expression => ({
        kind,
        parts: parts.flatMap((part) => (part.kind === kind ? part.parts : [part])),
      })),
  ),
}));

/** Facts whose names are those of conditions, mostly. */
const facts: fc.Arbitrary<Facts> = fc.oneof(
  fc.dictionary(fc.constantFrom('a', 'b', 'payment', 'items', 'größe'), fc.oneof(value, fc.jsonValue())),
  fc.dictionary(fc.string(), fc.anything()),
);

/** The text of an expression, all of its parts in parentheses. */
function textOf(expression: Expression): string {
  switch (expression.kind) {
    case 'literal':
      return typeof expression.value === 'string' ? quoted(expression.value) : String(expression.value);
    case 'name':
      return expression.path.join('.');
    case 'list':
      return `[${expression.items.map(textOf).join(', ')}]`;
    case 'not':
      return `NOT (${textOf(expression.inner)})`;
    case 'and':
    case 'or':
      return expression.parts.map((part) => `(${textOf(part)})`).join(` ${expression.kind} `);
    case 'in': {
      const right = expression.right.kind === 'list' ? textOf(expression.right) : `(${textOf(expression.right)})`;
      return `(${textOf(expression.left)}) ${expression.negated ? 'not in' : 'in'} ${right}`;
    }
    case 'arithmetic':
    case 'comparison':
      return `(${textOf(expression.left)}) ${expression.operator} (${textOf(expression.right)})`;
  }
}

const quoted = (text: string): string => `'${text.replace(/[\\']/g, (character) => `\\${character}`)}'`;

describe('conditions', () => {
  it('are what was written', () => {
    fc.assert(fc.property(condition, (expression) => expect(parse(textOf(expression))).toEqual(expression)));
  });

  it('answer anything that they are asked over with true or false', () => {
    fc.assert(
      fc.property(condition, facts, (expression, given) =>
        expect(typeof parseCondition(textOf(expression)).evaluate(given)).toBe('boolean'),
      ),
    );
  });

  it('follow the laws of logic', () => {
    fc.assert(
      fc.property(condition, condition, facts, (left, right, given) => {
        const [p, q] = [textOf(left), textOf(right)];
        const is = (text: string): boolean => parseCondition(text).evaluate(given);
        expect(is(`NOT ((${p}) AND (${q}))`)).toBe(is(`NOT (${p}) OR NOT (${q})`));
        expect(is(`NOT ((${p}) OR (${q}))`)).toBe(is(`NOT (${p}) AND NOT (${q})`));
        expect(is(`NOT NOT (${p})`)).toBe(is(p));
        expect(is(`(${p}) OR NOT (${p})`)).toBe(true);
        expect(is(`(${p}) AND (${q})`)).toBe(is(`(${q}) AND (${p})`));
      }),
    );
  });

  it('are refused with a place within the text, whatever the text', () => {
    const words = [
      'a',
      '.',
      '(',
      ')',
      '[',
      ']',
      ',',
      '>',
      '==',
      '!',
      'not',
      'in',
      'and',
      '||',
      "'",
      '"',
      '\\',
      '5',
      's',
      '%',
      '-',
      ' ',
    ];
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom(...words), { maxLength: 30 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, facts, (any, given) => {
        try {
          expect(typeof parseCondition(any).evaluate(given)).toBe('boolean');
        } catch (error) {
          expect(error).toBeInstanceOf(ConditionError);
          expect((error as ConditionError).position).toBeGreaterThanOrEqual(1);
          expect((error as ConditionError).position).toBeLessThanOrEqual(any.length + 1);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('take a text of the greatest length in no time', () => {
    const longest = `a${' AND a'.repeat(333)}`;
    expect(parseCondition(longest).evaluate({ a: true })).toBe(true);
    expect(parseCondition(`a > 0${' + 1'.repeat(498)}`).evaluate({ a: 499 })).toBe(true);
  });
});
