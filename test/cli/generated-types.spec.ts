import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { SchemaTypes } from '../../src/cli/generate/schema-types.js';
import { templateTypes } from '../../src/cli/generate/template-types.js';
import { TypeNames } from '../../src/cli/generate/type-names.js';
import { loadTemplates, type JsonObject, type TemplateDefinition } from '../../src/index.js';

const ROOT = join(__dirname, '..', '..');

jest.setTimeout(60_000);

const ORDER: TemplateDefinition = {
  name: 'order',
  version: '2.0.0',
  schema: {
    type: 'object',
    required: ['cart_id', 'items', 'kind'],
    properties: {
      cart_id: { type: 'integer', description: 'ends no comment */ here' },
      kind: { enum: ['gift', "it's", 3, null] },
      note: { type: ['string', 'null'] },
      currency: { type: 'string', default: 'EUR' },
      items: { type: 'array', items: { $ref: '#/$defs/line item' } },
      'ship-to': { oneOf: [{ $ref: '#/$defs/address' }, { type: 'boolean' }] },
      labels: { type: 'object', additionalProperties: { type: 'string' } },
    },
    $defs: {
      'line item': {
        type: 'object',
        required: ['sku'],
        properties: { sku: { type: 'string' }, parts: { type: 'array', items: { $ref: '#/$defs/line item' } } },
      },
      address: { type: 'object', properties: { street: { type: 'string' } }, additionalProperties: true },
    },
  },
  step_templates: [
    { name: 'fetch_cart', handler_class: 'a' },
    { name: 'weigh', handler_class: 'b', skippable: true },
    { name: 'validate', handler_class: 'c', depends_on_steps: ['fetch_cart', 'weigh'] },
    { name: 'ship-it', handler_class: 'd', depends_on_step: 'validate' },
  ],
};
const OLDER: TemplateDefinition = { ...ORDER, version: '1.0.0', schema: undefined };
const ELSEWHERE: TemplateDefinition = { ...ORDER, namespace: 'shop' };

/** As `tasker generate types` writes them. */
function generated(definitions: TemplateDefinition[]): string {
  const { templates, findings } = loadTemplates(definitions, { environment: 'test', env: {} });
  expect(findings).toEqual([]);
  return templateTypes(templates);
}

const RIGHT = `
import { StepHandlerBase, type StepHandlerContract } from 'nest-tasker';
import type { OrderStep, StepContextOf, Templates } from './types.js';
declare module './types.js' {
  interface OrderResults { fetch_cart: { id: number }; weigh: { grams: number } }
}
type Order = Templates['order'];
export class Validate extends StepHandlerBase<Order['context'], boolean> {
  async process({ task, sequence }: StepContextOf<Order, 'validate'>): Promise<boolean> {
    const id: number = sequence.results('fetch_cart').id;
    const grams: number | undefined = sequence.results('weigh')?.grams;
    const currency: string = task.context.currency;
    const sku: string | undefined = task.context.items[0]?.parts?.[0]?.sku;
    return id === task.context.cart_id && grams !== 0 && currency !== sku;
  }
}
export class Ship implements StepHandlerContract<Order['context'], number> {
  process({ sequence }: StepContextOf<Order, 'ship-it'>): number {
    const undeclared: string | null = JSON.stringify(sequence.results('validate'));
    return sequence.results('fetch_cart').id + undeclared.length;
  }
}
export const first: OrderStep = 'fetch_cart';
export const elsewhere = (context: Templates['shop.order']['context']): number => context.cart_id;
export const older = (context: Templates['order@1.0.0']['context']): unknown => context.anything;
`;

const inStep = (step: string, statement: string): string => `
import type { StepContextOf, Templates } from './types.js';
export const handle = ({ task, sequence }: StepContextOf<Templates['order'], '${step}'>): unknown[] => [task, sequence, ${statement}];
`;

/** Programs that must not compile, and what the compiler says. */
const WRONG: Record<string, [source: string, message: RegExp]> = {
  'a name that no step has': [inStep('validate', "sequence.results('fetch_crt')"), /"fetch_crt"' is not assignable/],
  'a step that comes later': [inStep('validate', "sequence.results('ship-it')"), /"ship-it"' is not assignable/],
  'an ancestor of a step without any': [inStep('fetch_cart', "sequence.results('weigh')"), /type 'never'/],
  'a field that the result has not': [
    inStep('validate', "sequence.results('fetch_cart').nothing"),
    /'nothing' does not exist/,
  ],
  'a skippable step taken for one that ran': [inStep('validate', "sequence.results('weigh').grams"), /possibly 'null'/],
  'a field that the context has not': [inStep('validate', 'task.context.cart'), /'cart' does not exist/],
  'a handler of no step': [inStep('vlidate', '1'), /"vlidate"' does not satisfy the constraint/],
};

describe('generated types', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tasker-types-'));
  let program: ts.Program;

  beforeAll(() => {
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    const text = generated([ORDER, OLDER, ELSEWHERE]);
    const sources: Record<string, string> = { types: text, right: RIGHT };
    Object.values(WRONG).forEach(([source], n) => (sources[`wrong${n}`] = source));
    mkdirSync(join(folder, 'misspelt'));
    sources['misspelt/types'] = text;
    sources['misspelt/results'] =
      `export {};\ndeclare module './types.js' {\n  interface OrderResults { fetch_crt: string }\n}\n`;
    const files = Object.entries(sources).map(([name, source]) => {
      const path = join(folder, `${name}.ts`);
      writeFileSync(path, source);
      return path;
    });
    program = ts.createProgram(files, {
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      esModuleInterop: true,
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.Node20,
      moduleResolution: ts.ModuleResolutionKind.Node16,
      types: ['node'],
      paths: { 'nest-tasker': [join(ROOT, 'src', 'index.ts')] },
    });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const complaints = (name: string): string[] => {
    const file = program.getSourceFile(join(folder, `${name}.ts`))!;
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(({ messageText }) =>
      ts.flattenDiagnosticMessageText(messageText, '\n'),
    );
  };

  it('compile under strict', () => expect(complaints('types')).toEqual([]));

  it('let handlers read contexts and results without casts', () => expect(complaints('right')).toEqual([]));

  it.each(Object.entries(WRONG).map(([what, [, message]], n) => [what, n, message] as const))(
    'refuse %s',
    (_what, n, message) => expect(complaints(`wrong${n}`)).toEqual([expect.stringMatching(message)]),
  );

  it('refuse results of a step that there is not', () => {
    expect(complaints('misspelt/types')).toEqual([expect.stringContaining('fetch_crt')]);
  });

  it('are the same whatever the order of the templates, their steps and their properties', () => {
    const { properties, ...schema } = ORDER.schema as { properties: JsonObject };
    const turned = {
      ...ORDER,
      step_templates: [...ORDER.step_templates].reverse(),
      schema: { properties: Object.fromEntries(Object.entries(properties).reverse()), ...schema } as JsonObject,
    };
    expect(generated([turned])).toBe(generated([ORDER]));
  });
});

describe('the type of a schema', () => {
  const typeOf = (schema: JsonObject): string =>
    new SchemaTypes(schema, 'C', new TypeNames())
      .declarations()
      .join('\n')
      .replaceAll(/\s+/g, ' ')
      .replace(/^export type C = (.*);$/, '$1');

  it.each<[JsonObject, string]>([
    [{ type: 'string', pattern: '^a' }, 'string'],
    [{ type: ['integer', 'null'] }, 'number | null'],
    [{ enum: ['a', "b'", 1, true, null] }, `'a' | 'b\\'' | 1 | true | null`],
    [{ const: { a: [1] } }, 'export interface C { a: [1]; }'],
    [{ type: 'object' }, 'export interface C { [key: string]: unknown; }'],
    [{ type: 'object', additionalProperties: false }, 'export interface C { [key: string]: never; }'],
    [
      { properties: { b: {}, a: { type: 'string' } }, required: ['b', 'c'] },
      'export interface C { a?: string; b: unknown; c: unknown; }',
    ],
    [
      { type: 'object', properties: { a: { type: 'number' } }, additionalProperties: { type: 'string' } },
      '{ a?: number; } & { [key: string]: string; }',
    ],
    [{ type: 'object', properties: { a: { type: 'number', default: 1 } } }, 'export interface C { a: number; }'],
    [{ type: 'array', items: { type: ['string', 'null'] } }, '(string | null)[]'],
    [{ type: 'array' }, 'unknown[]'],
    [
      { type: 'array', items: [{ type: 'string' }, { type: 'number' }], minItems: 1 },
      '[string, number?, ...unknown[]]',
    ],
    [{ type: 'array', prefixItems: [{ type: 'string' }], items: false }, '[string?]'],
    [
      { properties: { a: {}, b: {} }, anyOf: [{ required: ['a'] }, { required: ['b'] }] },
      'export interface C { a?: unknown; b?: unknown; }',
    ],
    [
      { allOf: [{ properties: { a: { type: 'string' } } }, { oneOf: [{ type: 'null' }, { type: 'boolean' }] }] },
      '{ a?: string; } & (null | boolean)',
    ],
    [{ properties: { next: { $ref: '#' } } }, 'export interface C { next?: C; }'],
    [
      { properties: { a: { $ref: '#/definitions/x~1y' } }, definitions: { 'x/y': { type: 'number' } } },
      'export interface C { a?: CX1y; } export type CX1y = number;',
    ],
    [{ properties: { a: { $ref: 'other.json' } } }, 'export interface C { a?: unknown /** $ref other.json */; }'],
    [{ not: { type: 'string' } }, 'unknown'],
  ])('%j is %s', (schema, type) => expect(typeOf(schema)).toBe(type));
});
