import { Ajv } from 'ajv';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import type { StepDefinition, TemplateDefinition } from '../core/template-definition.js';
import type { Json, JsonObject } from '../core/json.js';
import {
  CREDIT_CARD_PAYMENT,
  INTEGRATION_YAML_EXAMPLE,
  PAYMENT_PROCESSING_TASK,
  PAYMENT_WORKFLOW,
} from '../../test/support/seed-templates.js';
import { loadTemplates } from './load-templates.js';
import { templateJsonSchema, templateJsonSchemaText } from './template-json-schema.js';

const ROOT = join(__dirname, '..', '..');
const schema = templateJsonSchema();
const validate = new Ajv({ allErrors: true, strict: true, strictTypes: false, strictRequired: false }).compile(schema);

function problems(value: unknown): string[] {
  return validate(value)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

const templatesIn = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => /templates?\/.*\.ya?ml$|tasks\/.*\.ya?ml$/.test(path) && !path.includes('node_modules'))
    .map((path) => join(ROOT, folder, path));

describe('the JSON Schema of templates', () => {
  it('is what is published (node scripts/write-template-schema.mjs after a build)', () => {
    expect(readFileSync(join(ROOT, 'schemas', 'task-template.schema.json'), 'utf8')).toBe(templateJsonSchemaText());
  });

  it('can be imported from the package', () => {
    const { exports, files } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      exports: Record<string, unknown>;
      files: string[];
    };
    expect(exports['./schemas/task-template.schema.json']).toBe('./schemas/task-template.schema.json');
    expect(files).toContain('schemas');
  });

  it.each<[string, string]>([
    ['the payment workflow', PAYMENT_WORKFLOW],
    ['the payment processing task', PAYMENT_PROCESSING_TASK],
    ['the credit card payment', CREDIT_CARD_PAYMENT],
    ['the integration example', INTEGRATION_YAML_EXAMPLE],
  ])('allows %s', (_name, yaml) => expect(problems(parse(yaml))).toEqual([]));

  it('allows every template of the examples and of the server, each of which names it', () => {
    const files = [...templatesIn('examples'), ...templatesIn('config')];
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const text = readFileSync(file, 'utf8');
      expect(text).toContain('# yaml-language-server: $schema=');
      for (const document of parseAllDocuments(text)) expect([file, ...problems(document.toJS())]).toEqual([file]);
    }
  });

  it.each<[string, JsonObject]>([
    [
      'placeholders for numbers, booleans and words',
      { max_duration_seconds: '${A}', workflow_config: { execution_mode: '${MODE:-parallel}' } },
    ],
    ['an environment that changes nothing', { environments: { test: null } }],
    [
      'steps of an environment by name',
      { environments: { test: { step_templates: { a: { timeout_seconds: 1 }, b: null } } } },
    ],
    ['jitter as yes or no', { step_templates: [{ name: 'a', handler_class: 'b', retry_backoff: { jitter: true } }] }],
    [
      'a duration as a number or a text',
      { performance: { caching: { ttl: 5 } }, security: { encryption: { key_rotation_interval: '30d' } } },
    ],
  ])('allows %s', (_fact, keys) => {
    expect(problems({ name: 't', step_templates: [{ name: 'a', handler_class: 'b' }], ...keys })).toEqual([]);
  });

  it.each<[string, JsonObject]>([
    ['a misspelt key', { desciption: 'x' }],
    ['no steps', { step_templates: [] }],
    ['a step without a handler', { step_templates: [{ name: 'a' }] }],
    ['a word that is not one of a few', { workflow_config: { execution_mode: 'serial' } }],
    ['a number that is too large', { task_config: { priority: 101 } }],
    ['a misspelt key of an environment', { environments: { test: { desciption: 'x' } } }],
    ['environments in an environment', { environments: { test: { environments: {} } } }],
    ['a step of an environment without a name', { environments: { test: { step_templates: [{ skippable: true }] } } }],
  ])('refuses %s', (_fact, keys) => {
    expect(problems({ name: 't', step_templates: [{ name: 'a', handler_class: 'b' }], ...keys })).not.toEqual([]);
  });

  it('knows exactly the keys that are read, in every map', () => {
    const maps = mapsOf(schema);
    expect(maps.map(({ path }) => path.join('.'))).toEqual(
      expect.arrayContaining([
        '',
        'step_templates.*',
        'step_templates.*.retry_backoff',
        'security.encryption',
        'alerts.*',
      ]),
    );
    for (const { path, keys } of maps) expect([path, keysRead(path)]).toEqual([path, keys]);
  });

  it('says of every key what it is for', () => {
    const silent = mapsOf(schema).flatMap(({ path, properties }) =>
      Object.entries(properties)
        .filter(([, { description }]) => typeof description !== 'string')
        .map(([key]) => [...path, key].join('.')),
    );
    expect(silent).toEqual([]);
  });

  it('asks for keys of the root, of steps and of items of lists only, because environments may leave out others', () => {
    const asking = mapsOf(schema).filter(({ path, required }) => required && path.length > 0 && path.at(-1) !== '*');
    expect(asking).toEqual([]);
  });

  it('has the keys that templates in code have', () => {
    type Keys<T> = { [K in keyof T as string extends K ? never : K]-?: true };
    const root: Keys<TemplateDefinition> = {
      name: true,
      namespace_name: true,
      namespace: true,
      version: true,
      description: true,
      module_namespace: true,
      task_handler_class: true,
      default_dependent_system: true,
      named_steps: true,
      schema: true,
      step_templates: true,
      environments: true,
      max_duration_seconds: true,
      task_config: true,
      settings: true,
      workflow_config: true,
      constraints: true,
      events: true,
      custom_events: true,
      error_handling: true,
      monitoring: true,
      alerts: true,
      security: true,
      performance: true,
      testing: true,
      handler_config: true,
      metadata: true,
    };
    const step: Keys<StepDefinition> = {
      name: true,
      description: true,
      handler_class: true,
      depends_on_step: true,
      depends_on_steps: true,
      handler_config: true,
      dependent_system: true,
      default_retryable: true,
      default_retry_limit: true,
      timeout_seconds: true,
      retry_backoff: true,
      skippable: true,
      custom_events: true,
      inputs: true,
    };
    expect(Object.keys(schema.properties!).sort()).toEqual(Object.keys(root).sort());
    const { step: published } = schema.definitions as { step: { properties: object } };
    expect(Object.keys(published.properties).sort()).toEqual(Object.keys(step).sort());
  });
});

interface MapSchema {
  /** Keys that lead to the map; `*` stands for an item of a list. */
  path: string[];
  keys: string[];
  properties: Record<string, JsonObject>;
  required: Json | undefined;
}

/** Every map of known keys that a template may hold, but those of environments. */
function mapsOf(part: JsonObject, path: string[] = []): MapSchema[] {
  if (typeof part.$ref === 'string') return mapsOf((schema.definitions as Record<string, JsonObject>).step!, path);
  const branches = (part.anyOf ?? []) as JsonObject[];
  const properties = (part.properties ?? {}) as Record<string, JsonObject>;
  const own = part.additionalProperties === false;
  return [
    ...(own ? [{ path, keys: Object.keys(properties), properties, required: part.required }] : []),
    ...(own ? Object.entries(properties) : []).flatMap(([key, inner]) => mapsOf(inner, [...path, key])),
    ...branches.flatMap((branch) => mapsOf(branch, path)),
    ...(part.items ? mapsOf(part.items as JsonObject, [...path, '*']) : []),
  ];
}

/** The keys that the reader lists where it meets one that it does not know. */
function keysRead(path: readonly string[]): string[] {
  const unknown = 'z'.repeat(60);
  const inner = path.reduceRight<Json>((value, key) => (key === '*' ? [value] : { [key]: value }), { [unknown]: 1 });
  const { findings } = loadTemplates([inner as never], { environment: 'test', env: {} });
  const told = findings.find(({ message }) => message.startsWith(`unknown key "${unknown}"`))!.message;
  return told.slice(told.indexOf('Known are ') + 'Known are '.length).split(', ');
}
