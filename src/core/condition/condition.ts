import { decide } from './decision.js';
import type { Expression, Facts } from './expression.js';
import { holds } from './expression.js';
import { parse } from './parser.js';

export type { Facts } from './expression.js';
export { ConditionError } from './condition-error.js';

/**
 * A condition such as `amount > 1000 AND currency in ['USD', 'EUR']`, over facts by name.
 *
 * - Joined by `AND`/`&&`, `OR`/`||`, `NOT`/`!` and parentheses; compared by `==` (or `=`), `!=`, `<`, `<=`, `>`, `>=`,
 *   `in`, `not in`; calculated by `+ - * /`.
 * - Values are texts in quotes, numbers, `true`, `false`, `null`, durations (`30s`: so many seconds), percentages
 *   (`95%`: 0.95) and, after `in`, lists of them. Other words are names, into lists and maps by dots
 *   (`payment.amount`, `items.0.sku`, `items.length`).
 * - A comparison with a name that the facts do not have is false, `!=` and `not in` too; only `x == null` asks whether it
 *   is missing (or null), and `x != null` whether it is there.
 * - Unlike types are never equal and have no order; texts are ordered by their code units; lists and maps equal nothing.
 * - A name alone holds where its value is `true`.
 */
export class Condition {
  constructor(
    readonly text: string,
    private readonly expression: Expression,
  ) {}

  /** Never throws for facts that are JSON. */
  evaluate(facts: Facts): boolean {
    return holds(this.expression, facts);
  }

  /** The same, but null where the answer hangs on a value that the facts do not have. Never throws for facts that are JSON. */
  decide(facts: Facts): boolean | null {
    return decide(this.expression, facts);
  }

  /** The names that it asks for, each once, in the order of writing. */
  names(): string[] {
    return [...new Set(namesIn(this.expression))];
  }
}

/**
 * @throws ConditionError for a text that is no condition, with the place and what was expected there
 */
export const parseCondition = (text: string): Condition => new Condition(text, parse(text));

function namesIn(expression: Expression): string[] {
  switch (expression.kind) {
    case 'literal':
      return [];
    case 'name':
      return [expression.path.join('.')];
    case 'list':
      return expression.items.flatMap(namesIn);
    case 'not':
      return namesIn(expression.inner);
    case 'and':
    case 'or':
      return expression.parts.flatMap(namesIn);
    case 'arithmetic':
    case 'comparison':
    case 'in':
      return [...namesIn(expression.left), ...namesIn(expression.right)];
  }
}
