import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TEMPLATE_DEFAULTS } from '../core/stored-template.js';
import type { StepTemplate } from '../core/template.js';
import { loadTemplates } from './load-templates.js';
import type { LoadOptions, LoadResult } from './load-templates.js';

const folder = mkdtempSync(join(tmpdir(), 'tasker-dialect-'));
afterAll(() => rmSync(folder, { recursive: true }));

const options: LoadOptions = { environment: 'development', env: {} };

function load(yaml: string, given: Partial<LoadOptions> = {}): LoadResult {
  const file = join(folder, 'one.yaml');
  writeFileSync(file, yaml);
  return loadTemplates([file], { ...options, ...given });
}

function stepOf(keys: string): StepTemplate {
  const { templates, findings } = load(`name: t\nstep_templates:\n  - name: a\n    handler_class: b\n    ${keys}`);
  expect(findings).toEqual([]);
  return templates[0]!.template.steps[0]!;
}

const minimal = (name: string, rest = ''): string =>
  `name: ${name}\nstep_templates: [{ name: a, handler_class: b }]\n${rest}`;

describe('the dialect', () => {
  it('fills in every default', () => {
    expect(load(minimal('t')).templates[0]!.template).toEqual({
      ...TEMPLATE_DEFAULTS,
      namespace: 'default',
      name: 't',
      version: '0.1.0',
      description: null,
      schema: null,
      failureStrategy: 'continue',
      maxDurationSeconds: null,
      steps: [
        {
          name: 'a',
          description: null,
          handler: 'b',
          dependsOn: [],
          config: {},
          dependentSystem: null,
          retryable: true,
          retryLimit: 3,
          timeoutSeconds: 300,
          backoff: { kind: 'exponential', baseMs: 1000, capMs: 30_000, multiplier: 2, jitter: 0.1 },
          skippable: false,
          circuitBreaker: { enabled: true, failureThreshold: null, resetTimeoutMs: null },
          inputs: {},
          customEvents: [],
        },
      ],
    });
  });

  it('takes the names, the schema and the policies of the root', () => {
    const { templates, findings } = load(
      minimal(
        'api_task/integration_yaml_example',
        'namespace: shop\nnamespace_name: shop\nversion: 2.0.0-rc.1+build.5\ndescription: ""\nnamed_steps: [a]\n' +
          'default_dependent_system: payment gateway\nmax_duration_seconds: 0.5\n' +
          'schema: { type: object }\nworkflow_config: { failure_strategy: stop_on_first_failure }',
      ),
    );
    expect(findings).toEqual([]);
    expect(templates[0]!.template).toMatchObject({
      namespace: 'shop',
      name: 'api_task/integration_yaml_example',
      version: '2.0.0-rc.1+build.5',
      description: '',
      schema: { type: 'object' },
      failureStrategy: 'stop_on_first_failure',
      maxDurationSeconds: 0.5,
      steps: [{ dependentSystem: 'payment gateway' }],
    });
  });

  it('knows continue_on_failure as continue', () => {
    const { templates } = load(minimal('t', 'workflow_config: { failure_strategy: continue_on_failure }'));
    expect(templates[0]!.template.failureStrategy).toBe('continue');
  });

  it('joins the one parent and the list of parents without duplicates', () => {
    const { templates } = load(
      'name: t\nstep_templates:\n' +
        '  - { name: d, handler_class: x, depends_on_step: b, depends_on_steps: [a, b, c, a] }\n' +
        ['a', 'b', 'c'].map((name) => `  - { name: ${name}, handler_class: x }`).join('\n'),
    );
    expect(templates[0]!.template.steps[0]!.dependsOn).toEqual(['b', 'a', 'c']);
  });

  it.each([
    [
      'gives one attempt to a step that is not retryable, whatever its limit',
      'default_retryable: false\n    default_retry_limit: 5',
      { retryable: false, retryLimit: 1 },
    ],
    ['counts the first attempt in the limit', 'default_retry_limit: 32000', { retryable: true, retryLimit: 32_000 }],
    ['allows fractions of a second', 'timeout_seconds: 0.25', { timeoutSeconds: 0.25 }],
    [
      'honours the timeout of the config',
      'handler_config: { timeout_seconds: 7 }',
      { timeoutSeconds: 7, config: { timeout_seconds: 7 } },
    ],
    [
      'prefers the timeout of the step, and leaves the config to the handler',
      'timeout_seconds: 5\n    handler_config: { timeout_seconds: soon }',
      { timeoutSeconds: 5, config: { timeout_seconds: 'soon' } },
    ],
    [
      'takes a kind of backoff with the default delays',
      'retry_backoff: linear',
      { backoff: { kind: 'linear', baseMs: 1000, capMs: 30_000, multiplier: 2, jitter: 0.1 } },
    ],
    [
      'honours the backoff of the config',
      'handler_config: { retry_backoff: none }',
      { backoff: { kind: 'none', baseMs: 1000, capMs: 30_000, multiplier: 2, jitter: 0.1 } },
    ],
    [
      'takes delays in seconds',
      'retry_backoff: { kind: fixed, initial_delay: 0.05, max_delay: 2, multiplier: 3, jitter: 0 }',
      { backoff: { kind: 'fixed', baseMs: 50, capMs: 2000, multiplier: 3, jitter: 0 } },
    ],
    [
      'raises the default cap to a longer first delay',
      'retry_backoff: { initial_delay: 60 }',
      { backoff: { kind: 'exponential', baseMs: 60_000, capMs: 60_000, multiplier: 2, jitter: 0.1 } },
    ],
    [
      'takes a step that may be skipped and its own system',
      'skippable: true\n    dependent_system: crm',
      { skippable: true, dependentSystem: 'crm' },
    ],
    [
      'keeps a config of any shape',
      'handler_config: { a: null, b: [1, { c: yes }], "2": x }',
      { config: { a: null, b: [1, { c: 'yes' }], '2': 'x' } },
    ],
    [
      'merges the maps of << beneath what is written',
      '<<: [{ skippable: true, description: x }, { description: y }]',
      { skippable: true, description: 'x' },
    ],
  ])('%s', (_fact, keys, expected) => expect(stepOf(keys)).toMatchObject(expected));

  it('stores the last part of a handler path', () => {
    const { templates } = load(
      'name: t\nstep_templates: [{ name: a, handler_class: "ApiTask::StepHandler::CartFetchStepHandler" }]',
      {
        handlers: { has: (key) => key === 'CartFetchStepHandler', names: () => [] },
      },
    );
    expect(templates[0]!.template.steps[0]!.handler).toBe('CartFetchStepHandler');
  });

  it('resolves anchors and aliases', () => {
    const { templates } = load(
      'name: t\nstep_templates:\n  - { name: a, handler_class: b, handler_config: &api { url: x } }\n  - { name: c, handler_class: b, handler_config: *api }',
    );
    expect(templates[0]!.template.steps[1]!.config).toEqual({ url: 'x' });
  });

  it('loads 1,695 steps', () => {
    const steps = Array.from({ length: 1_695 }, (_, n) => {
      const parents = [n - 1, n - 2, n - 10].filter((parent) => parent >= 0).map((parent) => `s${parent}`);
      return `  - name: s${n}\n    handler_class: b\n    depends_on_steps: [${parents.join(', ')}]\n    handler_config: { url: x }\n`;
    });
    const yaml = `name: t\nstep_templates:\n${steps.join('')}`;
    expect(load(yaml).templates[0]!.template.steps).toHaveLength(1_695);
  });
});
