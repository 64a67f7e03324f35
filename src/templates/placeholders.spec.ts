import { TaskerError } from '../core/errors.js';
import { loadTemplates } from './load-templates.js';
import { expand, resolvePlaceholders } from './placeholders.js';

const env = { HOST: 'example.com', EMPTY: '', PORT: '8080', YES: 'true' };

describe('expand', () => {
  it.each([
    ['fills in variables anywhere in the text', 'https://${HOST}:${PORT}/', 'https://example.com:8080/'],
    ['takes the default of an unset variable', '${NONE:-local}', 'local'],
    ['takes the default of an empty variable, as a shell does', '${EMPTY:-local}', 'local'],
    ['takes an empty variable without default as it is', '<${EMPTY}>', '<>'],
    ['takes an empty default', '<${NONE:-}>', '<>'],
    ['keeps what looks like a URL in a default', '${NONE:-http://a:1/b?c=$d}', 'http://a:1/b?c=$d'],
    ['writes $${ as ${', '$${HOST} costs $5', '${HOST} costs $5'],
    ['does not expand what a variable holds', '${NESTED}', '${HOST}'],
  ])('%s', (_fact, text, expected) => {
    const complaints: string[] = [];
    expect(expand(text, { ...env, NESTED: '${HOST}' }, (message) => complaints.push(message))).toBe(expected);
    expect(complaints).toEqual([]);
  });

  it.each(['${', '${A', '${}', '${1A}', '${A-b}', '${A:-${B}}', '${ A }'])('refuses %s', (text) => {
    const complaints: string[] = [];
    expand(text, { A: '1', B: '2' }, (message) => complaints.push(message));
    expect(complaints).toHaveLength(1);
  });

  it('knows only variables that are set, not what every object has', () => {
    const complaints: string[] = [];
    expand('${constructor}', {}, (message) => complaints.push(message));
    expect(complaints).toEqual([
      'the environment variable constructor is not set: set it, or write ${constructor:-default}',
    ]);
  });
});

describe('resolvePlaceholders', () => {
  it('gives a copy that is frozen to its depth and keeps whole placeholders text', () => {
    const config = { url: 'https://${HOST}', port: '${PORT}', list: [{ key: '${NONE:-x}' }], n: 1 };
    const resolved = resolvePlaceholders(config, env) as typeof config;
    expect(resolved).toEqual({ url: 'https://example.com', port: '8080', list: [{ key: 'x' }], n: 1 });
    expect([resolved, resolved.list, resolved.list[0]].every(Object.isFrozen)).toBe(true);
    expect(config.url).toBe('https://${HOST}');
  });

  it('names every unset variable and its place, and shows no value', () => {
    const resolve = () => resolvePlaceholders({ a: '${HOST}', b: ['${NONE}'], 'c d': '${OTHER}' }, env);
    expect(resolve).toThrow(TaskerError);
    expect(resolve).toThrow(
      expect.objectContaining({
        code: 'configuration_invalid',
        findings: [
          { path: 'handler_config.b[0]', message: expect.stringContaining('NONE is not set') as string },
          { path: 'handler_config["c d"]', message: expect.stringContaining('OTHER is not set') as string },
        ],
      }),
    );
  });
});

describe('placeholders in templates', () => {
  const load = (root: object, step: object) =>
    loadTemplates([{ name: 't', step_templates: [{ name: 'a', handler_class: 'b', ...step }], ...root }], {
      environment: 'test',
      env: { ...env, LIMIT: '5', RATE: '1.5e0', HANDLER: 'Shop::Charge' },
    });

  it('become text, numbers and booleans, whichever is wanted', () => {
    const { templates, findings } = load(
      { name: '${NONE:-order}', version: '1.${LIMIT}.0', description: '$${HOST}', max_duration_seconds: '${RATE}' },
      {
        handler_class: '${HANDLER}',
        default_retry_limit: '${LIMIT}',
        skippable: '${YES}',
        retry_backoff: '${NONE:-none}',
      },
    );
    expect(findings).toEqual([]);
    expect(templates[0]!.template).toMatchObject({
      name: 'order',
      version: '1.5.0',
      description: '${HOST}',
      maxDurationSeconds: 1.5,
      steps: [{ handler: 'Charge', retryLimit: 5, skippable: true, backoff: { kind: 'none' } }],
    });
  });

  it('are not numbers where they are only a part of the text', () => {
    expect(load({}, { default_retry_limit: '1${LIMIT}' }).findings).toEqual([
      {
        path: 'code: step_templates[0].default_retry_limit',
        message: 'default_retry_limit must be a whole number from 1 to 32000, but is "1${LIMIT}"',
      },
    ]);
  });

  it('stay in the config, while its timeout is read through them', () => {
    const config = { timeout_seconds: '${LIMIT}', literal: '$${HOST}', host: '${HOST}' };
    const [loaded] = load({}, { handler_config: config }).templates;
    expect(loaded!.template.steps[0]).toMatchObject({ timeoutSeconds: 5, config });
  });

  it('are filled into the schema', () => {
    const [loaded] = load({ schema: { title: 'on ${HOST}' } }, {}).templates;
    expect(loaded!.template.schema).toEqual({ title: 'on example.com' });
  });
});
