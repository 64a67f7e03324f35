import type { TaskTemplate } from '../../core/template.js';
import type { TemplateDefinition } from '../../core/template-definition.js';
import type { TestScenario } from '../../core/template-policies.js';
import { loadTemplates } from '../../templates/load-templates.js';

/** A scenario and the template that it is of. */
export interface TemplateScenario {
  /** `namespace.name@version: scenario`, for the name of a test. */
  title: string;
  /** What `runScenario` takes first. */
  template: string | TemplateDefinition;
  /** What it takes second. */
  scenario: TestScenario;
}

/**
 * The scenarios that templates have under `testing.test_scenarios`, to make a test of each.
 *
 * @param template - a YAML file, a folder of them, or a template as an object
 * @throws TypeError where a template is not sound, and where there is no scenario
 */
export function scenariosOf(template: string | TemplateDefinition, environment = 'test'): TemplateScenario[] {
  const { templates, findings } = loadTemplates([template], { environment, env: process.env });
  if (findings.length > 0) {
    throw new TypeError(
      `Templates are not valid:\n${findings.map(({ path, message }) => `${path}: ${message}`).join('\n')}`,
    );
  }
  const found = templates.flatMap(({ template: one, origin }) =>
    (one.testing?.scenarios ?? []).map((scenario) => ({
      title: `${titleOf(one)}: ${scenario.name}`,
      template: origin === 'code' ? template : origin,
      scenario,
    })),
  );
  if (found.length > 0) return found;
  const where = typeof template === 'string' ? template : template.name;
  throw new TypeError(`${where} has no scenarios: give it some under testing.test_scenarios.`);
}

const titleOf = ({ namespace, name, version }: TaskTemplate): string => `${namespace}.${name}@${version}`;
