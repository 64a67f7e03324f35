import { isPlainObject } from '../json.js';

/** What conditions are asked over: JSON by name. */
export type Facts = Readonly<Record<string, unknown>>;

export type Arithmetic = '+' | '-' | '*' | '/';
export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

export type Expression =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'name'; readonly path: readonly string[] }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | {
      readonly kind: 'arithmetic';
      readonly operator: Arithmetic;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'comparison';
      readonly operator: Comparison;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'in'; readonly negated: boolean; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'not'; readonly inner: Expression }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Expression[] };

/** Whether the expression holds: a comparison that does, or a value that is `true`. */
export function holds(expression: Expression, facts: Facts): boolean {
  switch (expression.kind) {
    case 'and':
      return expression.parts.every((part) => holds(part, facts));
    case 'or':
      return expression.parts.some((part) => holds(part, facts));
    case 'not':
      return !holds(expression.inner, facts);
    case 'comparison':
      return compare(expression.operator, expression.left, expression.right, facts);
    case 'in':
      return isIn(valueOf(expression.left, facts), valueOf(expression.right, facts), expression.negated);
    case 'literal':
    case 'name':
    case 'list':
    case 'arithmetic':
      return valueOf(expression, facts) === true;
  }
}

/** Undefined for a name that the facts do not have, and for what cannot be computed. */
export function valueOf(expression: Expression, facts: Facts): unknown {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'name':
      return expression.path.reduce(property, facts as unknown);
    case 'list':
      return expression.items.map((item) => valueOf(item, facts));
    case 'arithmetic':
      return calculate(expression.operator, valueOf(expression.left, facts), valueOf(expression.right, facts));
    case 'comparison':
    case 'in':
    case 'not':
    case 'and':
    case 'or':
      return holds(expression, facts);
  }
}

/** Own properties only: what every object has is no fact. */
function property(value: unknown, key: string): unknown {
  const holder = Array.isArray(value) || isPlainObject(value) ? (value as Readonly<Record<string, unknown>>) : null;
  return holder !== null && Object.hasOwn(holder, key) ? holder[key] : undefined;
}

function calculate(operator: Arithmetic, left: unknown, right: unknown): number | undefined {
  if (typeof left !== 'number' || typeof right !== 'number') return undefined;
  const result = calculations[operator](left, right);
  return Number.isFinite(result) ? result : undefined;
}

const calculations: Record<Arithmetic, (left: number, right: number) => number> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
};

function compare(operator: Comparison, left: Expression, right: Expression, facts: Facts): boolean {
  const [a, b] = [valueOf(left, facts), valueOf(right, facts)];
  if (isNull(left) || isNull(right)) {
    const other = isNull(left) ? b : a;
    const absent = other === null || other === undefined;
    return operator === '==' ? absent : operator === '!=' && !absent;
  }
  if (a === undefined || b === undefined) return false;
  if (operator === '==') return equal(a, b);
  if (operator === '!=') return !equal(a, b);
  const ordered = (typeof a === 'number' && typeof b === 'number') || (typeof a === 'string' && typeof b === 'string');
  return ordered && orders[operator](a, b);
}

/** Whether it is the word `null`, which asks what is there and what is missing. */
export const isNull = (expression: Expression): boolean => expression.kind === 'literal' && expression.value === null;

const orders: Record<Exclude<Comparison, '==' | '!='>, (a: string | number, b: string | number) => boolean> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

/** Lists and maps equal nothing. */
const equal = (a: unknown, b: unknown): boolean => a === b && (typeof a !== 'object' || a === null);

function isIn(value: unknown, list: unknown, negated: boolean): boolean {
  if (value === undefined || !Array.isArray(list)) return false;
  return list.some((item) => equal(value, item)) !== negated;
}
