import type { Expression, Facts } from './expression.js';
import { holds, isNull, valueOf } from './expression.js';

/**
 * Whether the expression holds, or null where that hangs on a value that the facts do not have, or that cannot be
 * computed. A part that is not known decides nothing: `x > 1 OR true` holds without an `x`, `x > 1 AND false` does not.
 */
export function decide(expression: Expression, facts: Facts): boolean | null {
  switch (expression.kind) {
    case 'and':
      return joined(expression.parts, facts, false);
    case 'or':
      return joined(expression.parts, facts, true);
    case 'not': {
      const inner = decide(expression.inner, facts);
      return inner === null ? null : !inner;
    }
    case 'comparison': {
      const { left, right } = expression;
      const asksForAbsence = isNull(left) || isNull(right);
      return asksForAbsence || (isKnown(left, facts) && isKnown(right, facts)) ? holds(expression, facts) : null;
    }
    case 'in':
      return isKnown(expression.left, facts) && isKnown(expression.right, facts) ? holds(expression, facts) : null;
    case 'literal':
    case 'name':
    case 'list':
    case 'arithmetic':
      return isKnown(expression, facts) ? holds(expression, facts) : null;
  }
}

/** @param deciding - what any one of the parts decides for all */
function joined(parts: readonly Expression[], facts: Facts, deciding: boolean): boolean | null {
  const decisions = parts.map((part) => decide(part, facts));
  if (decisions.includes(deciding)) return deciding;
  return decisions.includes(null) ? null : !deciding;
}

const isKnown = (expression: Expression, facts: Facts): boolean => valueOf(expression, facts) !== undefined;
