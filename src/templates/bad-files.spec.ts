import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { loadTemplates } from './load-templates.js';

const folder = mkdtempSync(join(tmpdir(), 'tasker-bad-files-'));
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
const step = (keys: string): string => `name: t\nstep_templates:\n  - name: a\n    handler_class: b\n    ${keys}`;
const steps = (list: string): string => `name: t\nstep_templates:\n${list}`;

type Row = [fact: string, yaml: string | Buffer, ...findings: string[]];

function table(title: string, rows: Row[]): void {
  describe(title, () => {
    it.each(rows)('refuses %s', (_fact, yaml, ...findings) => expect(wrongWith(yaml)).toEqual(findings));
  });
}

table('a file', [
  ['an empty file', '', '1:1: the file is empty: write a task template with at least name and step_templates'],
  [
    'a file of comments',
    '# nothing\n',
    '1:1: the file is empty: write a task template with at least name and step_templates',
  ],
  [
    'a list at the root',
    '- name: t',
    '1:1: a task template must be a map with at least name and step_templates, but is a list',
  ],
  [
    'a scalar at the root',
    'order',
    '1:1: a task template must be a map with at least name and step_templates, but is "order"',
  ],
  ['bytes that are not UTF-8', Buffer.from([0xff, 0xfe, 0x00, 0x9f]), '1:1: is not UTF-8 text: save it as UTF-8'],
  [
    'a bracket that is not closed',
    'name: [a',
    '1:9: YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
  ],
  ['a tab as indentation', 'name:\n\ta: 1', '2:1: YAML: Tabs are not allowed as indentation'],
  [
    'an alias of nothing',
    'name: *x',
    '1:1: a task template needs the key "step_templates": add it',
    '1:7: the alias *x names no anchor before it: correct it, or write the value',
  ],
  ['an unknown tag', root('description: !!js x'), '3:14: YAML: Unresolved tag: tag:yaml.org,2002:js'],
  ['a key given twice', root('name: u'), '3:1: the key "name" is given twice, first at bad.yaml:1:1: remove one'],
  ['a key that is a number', root('1: x'), "3:1: keys are text: write '1' in quotes"],
  ['a key that is a list', root('? [a]\n: x'), '3:3: keys are text: this one is not'],
  ['the key __proto__', root('__proto__: {}'), '3:1: the key "__proto__" is not allowed: rename it'],
  [
    'a number that is none',
    step('handler_config: { a: .nan }'),
    '5:26: NaN is not a number that JSON knows: write a finite number',
  ],
  [
    'an infinite number',
    step('timeout_seconds: .inf'),
    '5:22: Infinity is not a number that JSON knows: write a finite number',
  ],
  [
    'a number that would lose digits',
    step('handler_config: { id: 12345678901234567890 }'),
    '5:27: the number 12345678901234567890 would lose digits: write it in quotes',
  ],
  ['a NUL character', root('description: "a\\0"'), '3:14: text must not contain the NUL character: remove it'],
  [
    'half a surrogate pair',
    root('description: "\\uD800"'),
    '3:14: text must not contain half a surrogate pair: remove it',
  ],
  ['a merge of a scalar', step('<<: 1'), '5:9: a "<<" key takes a map, or a list of maps'],
  [
    'an anchor that holds itself',
    step('handler_config: &a { x: *a }'),
    '5:29: the alias *a stands inside its own anchor: it has no end',
  ],
  ['brackets ten thousand deep', '['.repeat(10_000), '1:201: nested deeper than 100 levels: make it flatter'],
  ['dashes ten thousand deep', '- '.repeat(10_000), '1:401: nested deeper than 100 levels: make it flatter'],
]);

describe('everything at once', () => {
  it('lists the findings of a file in the order of their places', () => {
    expect(wrongWith('name: a b\nversion: 1\nstep_templates:\n  - name: a\n    skipable: true\ntimeout: 3')).toEqual([
      '1:7: name must be 1 to 255 letters, digits and _ - . / :, but is "a b"',
      '2:10: version must be text, but is 1: write it in quotes',
      '4:5: a step needs the key "handler_class": add it',
      '5:5: unknown key "skipable" in a step. Did you mean "skippable"?',
      expect.stringMatching(/^6:1: unknown key "timeout" in a task template\./),
    ]);
  });

  it('shows the placeholder and not its value where the value is wrong', () => {
    const [finding, ...others] = wrongWith(step('timeout_seconds: ${TIMEOUT}'), { TIMEOUT: 'hunter2' });
    expect(finding).toBe(
      '5:22: timeout_seconds must be a number of seconds from 0.001 to 2147483, but is "${TIMEOUT}"',
    );
    expect(others).toEqual([]);
  });

  it('refuses more than 10,000 steps', () => {
    const list = Array.from({ length: 10_001 }, (_, n) => `  - { name: s${n}, handler_class: b }`).join('\n');
    expect(wrongWith(steps(list))).toEqual([
      '3:3: step_templates must hold at most 10000 steps, but holds 10001: split the template',
    ]);
  });

  it('counts all that a bomb of aliases stands for, and stays fast', () => {
    const level = (n: number): string =>
      `&l${n} [${Array(10)
        .fill(`*l${n - 1}`)
        .join(', ')}]`;
    const levels = Array.from({ length: 20 }, (_, n) => `      l${n + 1}: ${level(n + 1)}`).join('\n');
    const started = performance.now();
    expect(wrongWith(step(`handler_config:\n      l0: &l0 [1]\n${levels}`))).toEqual([
      expect.stringMatching(/^\d+:\d+: more than 1,000,000 values, those of aliases included: make it smaller$/),
    ]);
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('suggests names for thousands of mistakes without delay', () => {
    const list = Array.from(
      { length: 5_000 },
      (_, n) => `  - { name: step_${n}, handler_class: b, depends_on_step: stap_${n} }`,
    );
    const started = performance.now();
    expect(wrongWith(steps(list.join('\n')))).toHaveLength(5_000);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
