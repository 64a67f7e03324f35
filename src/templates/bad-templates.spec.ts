import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { loadTemplates } from './load-templates.js';

const folder = mkdtempSync(join(tmpdir(), 'tasker-bad-templates-'));
afterAll(() => rmSync(folder, { recursive: true }));

const handlers = ['fetch_cart', 'ChargeCardHandler', 'b'];
const known = { has: (key: string) => handlers.includes(key), names: () => handlers };

/** What is wrong with the text of a file, each as `line:column: message`. */
function wrongWith(yaml: string | Buffer, env: NodeJS.ProcessEnv = {}): string[] {
  const file = join(folder, 'bad.yaml');
  writeFileSync(file, yaml);
  const { templates, findings } = loadTemplates([file], { environment: 'development', env, handlers: known });
  expect(templates).toEqual([]);
  return findings.map(({ path, message }) =>
    `${path}: ${message}`.replace(`${file}:`, '').replaceAll(folder + sep, ''),
  );
}

const root = (keys: string): string => `name: t\nstep_templates: [{ name: a, handler_class: b }]\n${keys}`;

type Row = [fact: string, yaml: string | Buffer, ...findings: string[]];

function table(title: string, rows: Row[]): void {
  describe(title, () => {
    it.each(rows)('refuses %s', (_fact, yaml, ...findings) => expect(wrongWith(yaml)).toEqual(findings));
  });
}

table('the root', [
  [
    'a template without a name',
    'step_templates: [{ name: a, handler_class: b }]',
    '1:1: a task template needs the key "name": add it',
  ],
  ['a template without steps', 'name: t', '1:1: a task template needs the key "step_templates": add it'],
  [
    'an empty list of steps',
    'name: t\nstep_templates: []',
    '2:17: step_templates must hold at least one step, but is empty: add one',
  ],
  [
    'steps that are a map',
    'name: t\nstep_templates: { a: { handler_class: b } }',
    '2:17: step_templates must be a list of steps, but is a map',
  ],
  ['steps that are nothing', 'name: t\nstep_templates:', '2:16: step_templates must be a list of steps, but is empty'],
  [
    'a misspelt key',
    root('desciption: x'),
    '3:1: unknown key "desciption" in a task template. Did you mean "description"?',
  ],
  [
    'a key of nothing known',
    root('zzzzzzzzz: x'),
    '3:1: unknown key "zzzzzzzzz" in a task template. Known are name, namespace_name, namespace, version, description, module_namespace, task_handler_class, default_dependent_system, named_steps, schema, step_templates, environments, max_duration_seconds, task_config, settings, workflow_config, constraints, events, custom_events, error_handling, monitoring, alerts, security, performance, testing, handler_config, metadata',
  ],
  [
    'a name that is a number',
    'name: 1\nstep_templates: [{ name: a, handler_class: b }]',
    '1:7: name must be text, but is 1: write it in quotes',
  ],
  [
    'an empty name',
    'name: ""\nstep_templates: [{ name: a, handler_class: b }]',
    '1:7: name must be 1 to 255 letters, digits and _ - . / :, but is ""',
  ],
  [
    'a name with a space',
    'name: a b\nstep_templates: [{ name: a, handler_class: b }]',
    '1:7: name must be 1 to 255 letters, digits and _ - . / :, but is "a b"',
  ],
  [
    'a name of 256 letters',
    `name: ${'a'.repeat(256)}\nstep_templates: [{ name: a, handler_class: b }]`,
    `1:7: name must be 1 to 255 letters, digits and _ - . / :, but is "${'a'.repeat(60)}…"`,
  ],
  ['a version that is a number', root('version: 1.0'), '3:10: version must be text, but is 1: write it in quotes'],
  [
    'a version of two parts',
    root('version: "1.2"'),
    '3:10: version must be a full semantic version such as 1.2.0, but is "1.2"',
  ],
  [
    'a version with a v',
    root('version: v1.2.3'),
    '3:10: version must be a full semantic version such as 1.2.3, but is "v1.2.3"',
  ],
  [
    'a version of words',
    root('version: latest'),
    '3:10: version must be a full semantic version such as 1.0.0, but is "latest"',
  ],
  [
    'two different namespaces',
    root('namespace: x\nnamespace_name: y'),
    '3:12: namespace must be the same as namespace_name (bad.yaml:4:17), but is "x": give only one',
  ],
  ['a description that is a list', root('description: [a]'), '3:14: description must be text, but is a list'],
  [
    'an empty dependent system',
    root('default_dependent_system: " "'),
    '3:27: default_dependent_system must be 1 to 255 characters, but is " "',
  ],
  [
    'a duration of 0',
    root('max_duration_seconds: 0'),
    '3:23: max_duration_seconds must be a number of seconds, more than 0, but is 0',
  ],
  [
    'an unknown failure strategy',
    root('workflow_config: { failure_strategy: continu }'),
    '3:38: failure_strategy must be one of continue, continue_on_failure, stop_on_first_failure, but is "continu". Did you mean "continue"?',
  ],
  [
    'a misspelt key of the workflow',
    root('workflow_config: { execution: parallel }'),
    '3:20: unknown key "execution" in workflow_config. Known are execution_mode, failure_strategy, max_concurrent_steps, step_timeout_buffer',
  ],
  ['named steps that are text', root('named_steps: a'), '3:14: named_steps must be a list of step names, but is "a"'],
  [
    'a step that is not among the named',
    root('named_steps: [aa]'),
    '2:26: the step "a" is not in named_steps. Did you mean "aa"?',
    '3:15: the named step "aa" has no step template. Did you mean "a"?',
  ],
  [
    'a named step without template',
    root('named_steps: [a, ship_order]'),
    '3:18: the named step "ship_order" has no step template. Add one, or remove the name',
  ],
  ['a named step given twice', root('named_steps: [a, a]'), '3:18: named_steps holds "a" twice: remove one'],
  ['a schema that is a list', root('schema: []'), '3:9: schema must be a map, but is a list'],
  [
    'a schema of an unknown type',
    root('schema:\n  properties:\n    id: { type: intger }'),
    '5:17: the schema is invalid: properties/id/type must be one of array, boolean, integer, null, number, object, string',
  ],
  [
    'a schema with a broken pattern',
    root('schema:\n  properties:\n    id: { pattern: "(" }'),
    '5:20: the schema cannot be compiled: Invalid regular expression: /(/u: Unterminated group',
  ],
  [
    'a schema with an unknown format',
    root('schema: { properties: { mail: { format: emial } } }'),
    '3:41: the schema asks for the unknown format "emial". Did you mean "email"?',
  ],
  [
    'a schema that refers elsewhere',
    root('schema: { $ref: "https://example.com/cart.json" }'),
    '3:17: the schema refers to "https://example.com/cart.json", which it does not hold: put it in $defs (nothing is loaded from elsewhere)',
  ],
  [
    'a schema of an unknown draft',
    root('schema: { $schema: "https://example.com/draft" }'),
    '3:20: $schema must name JSON Schema draft 2020-12, 2019-09, or 4 to 7: correct or remove it',
  ],
]);
