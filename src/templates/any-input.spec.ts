import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json, JsonObject } from '../core/json.js';
import { loadTemplates } from './load-templates.js';
import { templateJsonSchema } from './template-json-schema.js';

const folder = mkdtempSync(join(tmpdir(), 'tasker-any-input-'));
afterAll(() => rmSync(folder, { recursive: true }));

const options = { environment: 'test', env: {} };

describe('loadTemplates', () => {
  it('never throws, whatever the text of a file', () => {
    const file = join(folder, 'any.yaml');
    const fragment = fc.constantFrom(
      ...[
        'name: t',
        'step_templates:',
        '- ',
        '  - name: a',
        '    handler_class: b',
        '? ',
        ': ',
        '{',
        '}',
        '[',
        ']',
        '&a ',
        '*a',
        '<<: *a',
      ],
      ...[
        '!!str ',
        '!x ',
        '|',
        '>-',
        '"',
        "'",
        '\n',
        '\n\n',
        '\t',
        '  ',
        '# ',
        '---\n',
        '...\n',
        '%YAML 1.1\n',
        '${A}',
        '${',
        '\u0000',
      ],
      ...[
        'environments:',
        'schema:',
        '__proto__: 1',
        'null',
        '.nan',
        '1e999',
        '2020-01-01',
        '\uD800',
        '\uFEFF',
        '@',
        '`',
      ],
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fragment, { maxLength: 60 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (yaml) => {
        writeFileSync(file, yaml);
        const { templates, findings } = loadTemplates([file], options);
        if (templates.length === 0) expect(findings.length).toBeGreaterThan(0);
        for (const { path } of findings) expect(path).toMatch(/any\.yaml:\d+:\d+$/);
      }),
      { numRuns: 400 },
    );
  });

  it('never throws, whatever the object', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
    });
    const template = likeA(templateJsonSchema(), anything);
    fc.assert(
      fc.property(fc.oneof(anything, template), (definition) => {
        fc.pre(typeof definition !== 'string');
        const { templates, findings } = loadTemplates([definition as never], options);
        expect(templates.length).toBe(findings.length > 0 ? 0 : 1);
      }),
      { numRuns: 1_000 },
    );
  });
});

/** Values that are mostly of the form that a JSON Schema asks for, so that every reader meets right and wrong ones. */
function likeA(schema: JsonObject, anything: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined)
    return likeA((templateJsonSchema().definitions as { step: JsonObject }).step, anything);
  const properties = Object.entries((schema.properties ?? {}) as Record<string, JsonObject>);
  const forms = [
    ...((schema.anyOf ?? []) as JsonObject[]).map((form) => likeA(form, anything)),
    ...((schema.enum ?? []) as Json[]).map((word) => fc.constant(word)),
    ...(schema.type === 'string'
      ? [fc.constantFrom('a', 'a.b', 'a > 1', '30s', '1.0.0', 'A::B', '${X}', 'task.x')]
      : []),
    ...(schema.type === 'number' || schema.type === 'integer' ? [fc.integer({ min: 1, max: 9 }), fc.double()] : []),
    ...(schema.type === 'boolean' ? [fc.boolean()] : []),
    ...(schema.items ? [fc.array(likeA(schema.items as JsonObject, anything), { maxLength: 3 })] : []),
    ...(properties.length > 0
      ? [
          fc.record(Object.fromEntries(properties.map(([key, inner]) => [key, likeA(inner, anything)])), {
            requiredKeys: (schema.required as string[] | undefined) ?? [],
          }),
        ]
      : []),
  ];
  return fc.oneof({ weight: 1, arbitrary: anything }, ...forms.map((arbitrary) => ({ weight: 9, arbitrary })));
}
