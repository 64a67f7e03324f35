import { ConditionError } from './condition-error.js';
import type { Arithmetic, Comparison, Expression } from './expression.js';
import { tokensOf } from './tokens.js';
import type { Operator, Token } from './tokens.js';

/** Longer texts are no conditions that a person could follow. */
export const MAX_LENGTH = 2_000;
/** Parentheses, NOTs and signs inside each other; every reader of an expression calls itself. */
export const MAX_NESTING = 50;

/** How tightly an operator between two operands holds them. */
const BINDING: Partial<Record<Operator, number>> = {
  '||': 1,
  '&&': 2,
  '==': 4,
  '!=': 4,
  '<': 4,
  '<=': 4,
  '>': 4,
  '>=': 4,
  in: 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
};
const NOT_BINDING = 3;
const COMPARISON_BINDING = 4;
const SIGN_BINDING = 7;

/**
 * The expression that a text stands for.
 *
 * @throws ConditionError at the first word that does not fit
 */
export function parse(text: string): Expression {
  if (text.length > MAX_LENGTH) {
    throw new ConditionError(MAX_LENGTH + 1, `a condition has at most ${MAX_LENGTH} characters: split it`);
  }
  return new Parser(tokensOf(text)).whole();
}

/** A Pratt parser: an operator takes what follows as far as it binds tighter than itself. */
class Parser {
  private position = 0;
  private nesting = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  whole(): Expression {
    const first = this.next;
    const expression = asCondition(this.expression(0), first);
    if (this.next.kind !== 'end') this.fail(this.next, 'expected AND, OR or the end', hint(this.next));
    return expression;
  }

  private get next(): Token {
    return this.tokens[this.position]!;
  }

  private expression(binding: number): Expression {
    if (++this.nesting > MAX_NESTING) {
      throw new ConditionError(this.next.at, `nested deeper than ${MAX_NESTING} levels: make it flatter`);
    }
    const first = this.next;
    let left = this.operand();
    for (let infix = this.infix(); infix !== null && infix.binding > binding; infix = this.infix()) {
      left = this.joined(left, first, infix);
    }
    this.nesting--;
    return left;
  }

  /** The operator that follows, `not in` included. */
  private infix(): { operator: Operator; negated: boolean; binding: number; token: Token } | null {
    const token = this.next;
    if (token.kind !== 'operator') return null;
    const after = this.tokens[this.position + 1]!;
    const negated = token.operator === '!' && after.kind === 'operator' && after.operator === 'in';
    const operator = negated ? 'in' : token.operator;
    const binding = BINDING[operator];
    return binding === undefined ? null : { operator, negated, binding, token };
  }

  private joined(left: Expression, first: Token, infix: NonNullable<ReturnType<Parser['infix']>>): Expression {
    const { operator, negated, binding, token } = infix;
    this.position += negated ? 2 : 1;
    const second = this.next;
    if (operator === '&&' || operator === '||') {
      const kind = operator === '&&' ? 'and' : 'or';
      const right = asCondition(this.expression(binding), second);
      const before = asCondition(left, first);
      return { kind, parts: [...(before.kind === kind ? before.parts : [before]), right] };
    }
    if (binding === COMPARISON_BINDING && isCondition(left)) {
      throw new ConditionError(token.at, `"${token.text}" cannot follow a comparison: join the two with AND`);
    }
    if (operator === 'in') {
      const right = this.next.kind === 'mark' && this.next.mark === '[' ? this.list() : this.expression(binding);
      return { kind: 'in', negated, left: asValue(left, first), right: asValue(right, second) };
    }
    const right = asValue(this.expression(binding), second);
    const value = asValue(left, first);
    return binding === COMPARISON_BINDING
      ? { kind: 'comparison', operator: operator as Comparison, left: value, right }
      : { kind: 'arithmetic', operator: operator as Arithmetic, left: value, right };
  }

  private operand(): Expression {
    const token = this.next;
    this.position++;
    if (token.kind === 'literal') return { kind: 'literal', value: token.value };
    if (token.kind === 'name') return { kind: 'name', path: token.path };
    if (token.kind === 'operator' && token.operator === '!') {
      const first = this.next;
      return { kind: 'not', inner: asCondition(this.expression(NOT_BINDING), first) };
    }
    if (token.kind === 'operator' && token.operator === '-') {
      const first = this.next;
      return negative(asValue(this.expression(SIGN_BINDING), first));
    }
    if (token.kind === 'mark' && token.mark === '(') {
      const inner = this.expression(0);
      this.expect(')');
      return inner;
    }
    return this.fail(token, 'expected a name, a value, NOT or "("');
  }

  /** Of values only: a name in it is mostly a text without quotes. */
  private list(): Expression {
    this.expect('[');
    const items: Expression[] = [];
    while (!(this.next.kind === 'mark' && this.next.mark === ']')) {
      if (items.length > 0) this.expect(',');
      if (this.next.kind === 'name') this.fail(this.next, `expected a value: put text in quotes ('${this.next.text}')`);
      items.push(this.item());
    }
    this.expect(']');
    return { kind: 'list', items };
  }

  private item(): Expression {
    const item = this.operand();
    const value = item.kind === 'literal';
    return value ? item : this.fail(this.tokens[this.position - 1]!, 'expected a value');
  }

  private expect(mark: '(' | ')' | '[' | ']' | ','): void {
    if (this.next.kind !== 'mark' || this.next.mark !== mark) this.fail(this.next, `expected "${mark}"`);
    this.position++;
  }

  private fail({ kind, at, text }: Token, expected: string, mend = ''): never {
    throw new ConditionError(at, `${expected}, but found ${kind === 'end' ? 'the end' : JSON.stringify(text)}${mend}`);
  }
}

/** Operators of other languages, and what to write for them. */
const FOREIGN: ReadonlyMap<string, string> = new Map([
  ['is', '"==" or "!="'],
  ['equals', '"=="'],
  ['contains', `"'x' in list"`],
  ['includes', `"'x' in list"`],
  ['between', '"x >= 1 AND x <= 2"'],
]);

function hint({ text }: Token): string {
  const instead = FOREIGN.get(text.toLowerCase());
  return instead === undefined ? '' : `: write ${instead}`;
}

const negative = (value: Expression): Expression =>
  value.kind === 'literal' && typeof value.value === 'number'
    ? { kind: 'literal', value: -value.value }
    : { kind: 'arithmetic', operator: '-', left: { kind: 'literal', value: 0 }, right: value };

const CONDITIONS: ReadonlySet<Expression['kind']> = new Set(['comparison', 'in', 'not', 'and', 'or']);
const isCondition = ({ kind }: Expression): boolean => CONDITIONS.has(kind);

function asCondition(expression: Expression, { at, text }: Token): Expression {
  const { kind } = expression;
  const mayHold =
    isCondition(expression) || kind === 'name' || (kind === 'literal' && typeof expression.value === 'boolean');
  if (mayHold) return expression;
  throw new ConditionError(at, `${JSON.stringify(text)} begins a value, which neither holds nor fails: compare it`);
}

function asValue(expression: Expression, { at }: Token): Expression {
  if (!isCondition(expression)) return expression;
  throw new ConditionError(at, 'expected a value, but found a comparison: join comparisons with AND or OR');
}
