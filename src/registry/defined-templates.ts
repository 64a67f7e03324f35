import type { Finding } from '../core/errors.js';
import { isPlainObject } from '../core/json.js';
import type { StepDefinition, TemplateDefinition } from '../core/template-definition.js';
import { CodeTemplate } from '../templates/code-source.js';
import type { RegisteredTaskHandler } from './task-handler.registry.js';

/** What the decorator says, `defineSteps` need not; where it does, it says the same. */
const SAID_BEFORE = ['name', 'namespace', 'namespace_name', 'version'] as const;

/**
 * The templates that task handlers define in code, with all that YAML may say.
 *
 * @param findings - takes what is wrong with a `defineSteps()` itself; what it defines is proven with the other templates
 */
export function definedTemplates(handlers: readonly RegisteredTaskHandler[], findings: Finding[]): CodeTemplate[] {
  return handlers.flatMap((registered) => {
    const { handler, className } = registered;
    if (typeof handler.defineSteps !== 'function') return [];
    const path = `${className}.defineSteps()`;
    try {
      const defined: unknown = handler.defineSteps();
      const problems = Array.isArray(defined) ? [] : definitionProblems(defined, registered);
      findings.push(...problems.map((message) => ({ path, message })));
      return problems.length > 0 ? [] : [new CodeTemplate(path, definitionOf(defined as object, registered))];
    } catch (error) {
      findings.push({ path, message: `threw ${String(error)}` });
      return [];
    }
  });
}

function definitionProblems(defined: unknown, { namespace, name, version }: RegisteredTaskHandler): string[] {
  if (!isPlainObject(defined)) return ['must answer a list of steps, or a template with step_templates'];
  const said = { name, namespace, namespace_name: namespace, version };
  return SAID_BEFORE.filter((key) => defined[key] !== undefined && defined[key] !== said[key]).map(
    (key) =>
      `says ${key} ${JSON.stringify(defined[key])}, and @TaskHandler says ${JSON.stringify(said[key])}: say it there alone`,
  );
}

function definitionOf(
  defined: object,
  { namespace, name, version, className }: RegisteredTaskHandler,
): TemplateDefinition {
  const rest = (
    Array.isArray(defined) ? { step_templates: defined as StepDefinition[] } : defined
  ) as TemplateDefinition;
  const said = { name, namespace_name: namespace, version: version!, task_handler_class: className };
  // the other name of namespace_name
  return { ...rest, namespace, ...said };
}
