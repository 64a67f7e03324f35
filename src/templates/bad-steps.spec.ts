import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { loadTemplates } from './load-templates.js';

const folder = mkdtempSync(join(tmpdir(), 'tasker-bad-steps-'));
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

const step = (keys: string): string => `name: t\nstep_templates:\n  - name: a\n    handler_class: b\n    ${keys}`;
const steps = (list: string): string => `name: t\nstep_templates:\n${list}`;

type Row = [fact: string, yaml: string | Buffer, ...findings: string[]];

function table(title: string, rows: Row[]): void {
  describe(title, () => {
    it.each(rows)('refuses %s', (_fact, yaml, ...findings) => expect(wrongWith(yaml)).toEqual(findings));
  });
}

table('a step', [
  ['a step that is text', steps('  - a'), '3:5: step_templates[0] must be a map, but is "a"'],
  ['a step without a name', steps('  - handler_class: b'), '3:5: a step needs the key "name": add it'],
  ['a step without a handler', steps('  - name: a'), '3:5: a step needs the key "handler_class": add it'],
  [
    'a misspelt key',
    step('timeout_second: 3'),
    '5:5: unknown key "timeout_second" in a step. Did you mean "timeout_seconds"?',
  ],
  ['inputs that are a list', step('inputs: [1]'), '5:13: inputs must be a map, but is a list'],
  [
    'an unknown handler',
    steps('  - { name: a, handler_class: Shop::ChargeCardHandlr }'),
    '3:31: there is no step handler "ChargeCardHandlr". Did you mean "ChargeCardHandler"?',
  ],
  [
    'a handler like no other',
    steps('  - { name: a, handler_class: Nothing }'),
    `3:31: there is no step handler "Nothing". Decorate a provider with @StepHandler('Nothing')`,
  ],
  [
    'a handler path that ends in nothing',
    steps('  - { name: a, handler_class: "Shop::" }'),
    `3:31: handler_class must be a handler's name, or a :: path that ends in it, but is "Shop::"`,
  ],
  ['a config that is a list', step('handler_config: [1]'), '5:21: handler_config must be a map, but is a list'],
  ['a boolean that is text', step('skippable: "true"'), '5:16: skippable must be true or false, but is "true"'],
  [
    'a boolean of YAML 1.1',
    step('default_retryable: yes'),
    '5:24: default_retryable must be true or false, but is "yes"',
  ],
  [
    'a retry limit of 0',
    step('default_retry_limit: 0'),
    '5:26: default_retry_limit must be a whole number from 1 to 32000, but is 0',
  ],
  [
    'a retry limit with a fraction',
    step('default_retry_limit: 1.5'),
    '5:26: default_retry_limit must be a whole number from 1 to 32000, but is 1.5',
  ],
  [
    'a retry limit of 32001',
    step('default_retry_limit: 32001'),
    '5:26: default_retry_limit must be a whole number from 1 to 32000, but is 32001',
  ],
  [
    'a timeout in quotes',
    step('timeout_seconds: "30"'),
    '5:22: timeout_seconds must be a number of seconds from 0.001 to 2147483, but is "30": write it without quotes',
  ],
  [
    'a timeout with a unit',
    step('timeout_seconds: 30s'),
    '5:22: timeout_seconds must be a number of seconds from 0.001 to 2147483, but is "30s"',
  ],
  [
    'a timeout longer than a timer can wait',
    step('timeout_seconds: 2147484'),
    '5:22: timeout_seconds must be a number of seconds from 0.001 to 2147483, but is 2147484',
  ],
  [
    'a timeout in the config that is text',
    step('handler_config: { timeout_seconds: soon }'),
    '5:40: handler_config.timeout_seconds must be a number of seconds from 0.001 to 2147483, but is "soon"',
  ],
  [
    'an unknown kind of backoff',
    step('retry_backoff: exponental'),
    '5:20: retry_backoff must be one of exponential, linear, fixed, none, but is "exponental". Did you mean "exponential"?',
  ],
  [
    'an unknown kind of backoff in the config',
    step('handler_config: { retry_backoff: lineal }'),
    '5:38: handler_config.retry_backoff must be one of exponential, linear, fixed, none, but is "lineal". Did you mean "linear"?',
  ],
  [
    'a backoff that is a list',
    step('retry_backoff: [1]'),
    '5:20: retry_backoff must be one of exponential, linear, fixed, none, or a map of delays, but is a list',
  ],
  [
    'a misspelt key of the backoff',
    step('retry_backoff: { max_dely: 3 }'),
    '5:22: unknown key "max_dely" in retry_backoff. Did you mean "max_delay"?',
  ],
  ['a jitter above 1', step('retry_backoff: { jitter: 2 }'), '5:30: jitter must be a number from 0 to 1, but is 2'],
  [
    'a multiplier below 1',
    step('retry_backoff: { multiplier: 0.5 }'),
    '5:34: multiplier must be a number from 1 to 1000, but is 0.5',
  ],
  [
    'a negative delay',
    step('retry_backoff: { initial_delay: -1 }'),
    '5:37: initial_delay must be a number of seconds, 0 or more, but is -1',
  ],
  [
    'a cap below the first delay',
    step('retry_backoff: { initial_delay: 5, max_delay: 2 }'),
    '5:51: max_delay must not be less than initial_delay, but is 2',
  ],
  [
    'one parent given as a list',
    step('depends_on_step: [a]'),
    '5:22: depends_on_step must be the name of one step, but is a list: use depends_on_steps',
  ],
  [
    'several parents given as text',
    step('depends_on_steps: a'),
    '5:23: depends_on_steps must be a list of step names, but is "a": use depends_on_step',
  ],
  [
    'a parent that is a number',
    step('depends_on_steps: [1]'),
    '5:24: depends_on_steps[0] must be text, but is 1: write it in quotes',
  ],
  [
    'a placeholder that is not closed',
    step('handler_config: { url: "${HOST" }'),
    '5:28: a "${" is never closed: write ${NAME} or ${NAME:-default}, or "$${" for a literal "${"',
  ],
  [
    'a placeholder that is an expression',
    step('handler_config: { url: "${a.b}" }'),
    '5:28: ${a.b} is not a placeholder: write ${NAME} or ${NAME:-default}, or "$${" for a literal "${"',
  ],
  [
    'a placeholder of an unset variable',
    step('handler_config: { key: "${API_KEY}" }'),
    '5:28: the environment variable API_KEY is not set: set it, or write ${API_KEY:-default}',
  ],
]);

table('the graph', [
  [
    'a step that depends on itself',
    steps('  - { name: a, handler_class: b, depends_on_step: a }'),
    '3:51: the step "a" depends on itself: remove the dependency',
  ],
  [
    'an unknown parent',
    steps('  - { name: fetch, handler_class: b }\n  - { name: ship, handler_class: b, depends_on_step: fetsh }'),
    '4:54: there is no step "fetsh" to depend on. Did you mean "fetch"?',
  ],
  [
    'a parent like no other',
    steps('  - { name: fetch, handler_class: b, depends_on_steps: [publish] }'),
    '3:57: there is no step "publish" to depend on. Add it, or remove the dependency',
  ],
  [
    'a step name used twice',
    steps('  - { name: a, handler_class: b }\n  - { name: a, handler_class: b }'),
    '4:13: the step name "a" is used twice, first at bad.yaml:3:13: rename one',
  ],
  [
    'a cycle of two',
    steps(
      '  - { name: a, handler_class: b, depends_on_step: c }\n  - { name: c, handler_class: b, depends_on_step: a }',
    ),
    '3:51: the steps depend on each other in a cycle: a -> c -> a. Remove one of these dependencies',
  ],
  [
    'two cycles at once',
    steps(
      ['a d', 'c a', 'd c', 'e f', 'f e']
        .map((pair) => pair.split(' '))
        .map(([name, on]) => `  - { name: ${name}, handler_class: b, depends_on_step: ${on} }`)
        .join('\n'),
    ),
    '3:51: the steps depend on each other in a cycle: a -> c -> d -> a. Remove one of these dependencies',
    '6:51: the steps depend on each other in a cycle: e -> f -> e. Remove one of these dependencies',
  ],
]);
