import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadTemplates } from './load-templates.js';
import type { LoadOptions, LoadResult } from './load-templates.js';

const folder = mkdtempSync(join(tmpdir(), 'tasker-overlay-'));
afterAll(() => rmSync(folder, { recursive: true }));

const base = `name: checkout
step_templates:
  - name: fetch_cart
    handler_class: FetchCart
    timeout_seconds: 10
    handler_config:
      url: https://example.com
      tags: [one, two]
      params: { id: 1, debug: false }
  - name: create_order
    handler_class: CreateOrder
    depends_on_step: fetch_cart
environments:
`;

function load(environments: string, environment = 'production', env: NodeJS.ProcessEnv = {}): LoadResult {
  const file = join(folder, 'checkout.yaml');
  writeFileSync(file, base + environments);
  const options: LoadOptions = { environment, env };
  const { templates, findings } = loadTemplates([file], options);
  return {
    templates,
    findings: findings.map(({ path, message }) => ({ path: path.replace(`${file}:`, ''), message })),
  };
}

const steps = (result: LoadResult) => result.templates[0]!.template.steps;

describe('environments', () => {
  it.each([
    [
      'a list of named steps',
      '- { name: fetch_cart, timeout_seconds: 3, handler_config: { tags: [three], params: { debug: true } } }',
    ],
    [
      'a map of steps by name',
      'fetch_cart: { timeout_seconds: 3, handler_config: { tags: [three], params: { debug: true } } }',
    ],
  ])('merge maps and replace scalars and lists, given %s', (_fact, over) => {
    const result = load(`  production:\n    description: live\n    step_templates:\n      ${over}\n`);
    expect(result.findings).toEqual([]);
    expect(result.templates[0]!.template.description).toBe('live');
    expect(steps(result)[0]).toMatchObject({
      timeoutSeconds: 3,
      config: { url: 'https://example.com', tags: ['three'], params: { id: 1, debug: true } },
    });
    expect(steps(result).map(({ name }) => name)).toEqual(['fetch_cart', 'create_order']);
  });

  it('leave the base alone where another one runs', () => {
    const result = load('  production: { step_templates: { fetch_cart: { timeout_seconds: 3 } } }\n  test:\n', 'test');
    expect(steps(result)[0]!.timeoutSeconds).toBe(10);
  });

  it('leave the base alone where none has the name', () => {
    expect(steps(load('  production: { description: live }\n', 'staging'))[0]!.timeoutSeconds).toBe(10);
  });

  it('replace a list of parents', () => {
    const result = load(
      '  production:\n    step_templates:\n      create_order: { depends_on_step: fetch_cart, depends_on_steps: [] }\n',
    );
    expect(steps(result)[1]!.dependsOn).toEqual(['fetch_cart']);
  });

  it.each(['production', 'development'])('name an unknown step, also while %s runs', (running) => {
    const remark = running === 'production' ? '' : ' (in environment "production")';
    expect(load('  production:\n    step_templates:\n      - name: fetch_crat\n', running).findings).toEqual([
      {
        path: '16:15',
        message: `there is no step "fetch_crat" to override. Did you mean "fetch_cart"? An environment cannot add steps${remark}`,
      },
    ]);
  });

  it.each<[fact: string, yaml: string, path: string, message: string]>([
    [
      'a misspelt root key',
      'production: { desciption: x }',
      '14:17',
      'unknown key "desciption" in a task template. Did you mean "description"?',
    ],
    [
      'a misspelt step key',
      'production: { step_templates: { fetch_cart: { timeout: 3 } } }',
      '14:49',
      'unknown key "timeout" in a step. Known are',
    ],
    [
      'a wrong type',
      'production: { step_templates: { fetch_cart: { timeout_seconds: soon } } }',
      '14:66',
      'timeout_seconds must be a number of seconds',
    ],
    [
      'a cycle that it makes',
      'production: { step_templates: { fetch_cart: { depends_on_step: create_order } } }',
      '14:66',
      'the steps depend on each other in a cycle: fetch_cart -> create_order -> fetch_cart.',
    ],
    [
      'an environment that is text',
      'production: live',
      '14:15',
      'an environment must be a map of template keys, but is "live"',
    ],
    [
      'environments in an environment',
      'production: { environments: {} }',
      '14:17',
      'an environment cannot hold environments: remove it',
    ],
    [
      'steps that are text',
      'production: { step_templates: x }',
      '14:33',
      'step_templates must be a list of steps, or a map of them by name, but is "x"',
    ],
    [
      'a step without a name',
      'production: { step_templates: [{ skippable: true }] }',
      '14:34',
      'give the name of the step to override, as text',
    ],
    [
      'a step overridden twice',
      'production: { step_templates: [{ name: fetch_cart }, { name: fetch_cart }] }',
      '14:64',
      'the step "fetch_cart" is overridden twice',
    ],
    [
      'a step renamed',
      'production: { step_templates: { fetch_cart: { name: x } } }',
      '14:55',
      'an environment cannot rename the step "fetch_cart": remove the name',
    ],
    ['a broken placeholder', 'production: { description: "${" }', '14:30', 'a "${" is never closed'],
  ])('tell %s where it was written, whichever environment runs', (_fact, yaml, path, message) => {
    for (const running of ['production', 'development']) {
      const { templates, findings } = load(`  ${yaml}\n`, running);
      expect(templates).toEqual([]);
      expect(findings).toHaveLength(1);
      expect(findings[0]!.path).toBe(path);
      expect(findings[0]!.message).toContain(message);
    }
  });

  it('do not hide what is wrong in the base', () => {
    const hidden = base.replace('timeout_seconds: 10', 'timeout_seconds: ten');
    const file = join(folder, 'hidden.yaml');
    writeFileSync(file, `${hidden}  production: { step_templates: { fetch_cart: { timeout_seconds: 3 } } }\n`);
    const { findings } = loadTemplates([file], { environment: 'production', env: {} });
    expect(findings.map(({ path }) => path)).toEqual([`${file}:5:22`]);
  });

  it('must be a map', () => {
    expect(load('  - production\n').findings).toEqual([
      { path: '14:3', message: 'environments must be a map of environments by name, but is a list' },
    ]);
  });

  it('ask only the running one for its variables', () => {
    const secret =
      '  production: { step_templates: { fetch_cart: { handler_config: { key: "${API_KEY}" }, timeout_seconds: "${T}" } } }\n';
    expect(load(secret, 'development').findings).toEqual([]);
    expect(load(secret, 'production').findings).toEqual([
      { path: '14:72', message: 'the environment variable API_KEY is not set: set it, or write ${API_KEY:-default}' },
      { path: '14:105', message: 'the environment variable T is not set: set it, or write ${T:-default}' },
    ]);
    const [step] = steps(load(secret, 'production', { API_KEY: 'hunter2', T: '2.5' }));
    expect(step).toMatchObject({ timeoutSeconds: 2.5, config: { key: '${API_KEY}' } });
  });
});
