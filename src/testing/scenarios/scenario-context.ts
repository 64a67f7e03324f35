import type { JsonObject } from '../../core/json.js';
import type { Testing, TestScenario } from '../../core/template-policies.js';

/**
 * What a scenario's task is created with: its own context, else the template's test data. A list of them that is named
 * `test_<plural>` gives its first value to the key in the singular: `test_currencies: [USD, EUR]` is `currency: USD`.
 */
export function contextOf({ context }: TestScenario, { testData }: Testing): JsonObject {
  if (context !== null) return structuredClone(context);
  const entries = Object.entries(testData).map(([key, value]) =>
    key.startsWith('test_') && Array.isArray(value)
      ? [singular(key.slice('test_'.length)), value[0] ?? null]
      : [key, value],
  );
  return structuredClone(Object.fromEntries(entries) as JsonObject);
}

function singular(plural: string): string {
  if (plural.endsWith('ies')) return `${plural.slice(0, -3)}y`;
  if (/(?:ss|sh|ch|x|z)es$/.test(plural)) return plural.slice(0, -2);
  return plural.replace(/s$/, '');
}
