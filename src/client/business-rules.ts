import { parseCondition, type Condition } from '../core/condition/condition.js';
import type { Finding } from '../core/errors.js';
import type { JsonObject } from '../core/json.js';
import type { BusinessRule } from '../core/template-policies.js';
import type { CatalogEntry } from '../persistence/template-catalog.js';

interface AskedRule {
  rule: Condition;
  appliesTo: Condition | null;
  message: string;
  path: string;
}

/** What templates ask of a context beyond its schema: `constraints.business_rules`. */
export class BusinessRules {
  private readonly asked = new WeakMap<CatalogEntry, AskedRule[]>();

  /** One finding for each rule that the context breaks, with the rule's own message, at the first field that it names. */
  broken(entry: CatalogEntry, context: JsonObject): Finding[] {
    return this.of(entry)
      .filter(({ rule, appliesTo }) => (appliesTo?.evaluate(context) ?? true) && !rule.evaluate(context))
      .map(({ path, message }) => ({ path, message }));
  }

  private of(entry: CatalogEntry): AskedRule[] {
    let rules = this.asked.get(entry);
    if (!rules) this.asked.set(entry, (rules = entry.template.businessRules.map(askedRule)));
    return rules;
  }
}

function askedRule({ rule, condition, errorMessage }: BusinessRule): AskedRule {
  const asked = parseCondition(rule);
  const [name] = asked.names();
  return {
    rule: asked,
    appliesTo: condition === null ? null : parseCondition(condition),
    message: errorMessage,
    path: name === undefined ? 'context' : `context.${name}`,
  };
}
