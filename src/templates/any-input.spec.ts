import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadTemplates } from './load-templates.js';

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
    const keys = [
      'name',
      'version',
      'named_steps',
      'schema',
      'step_templates',
      'environments',
      'workflow_config',
      'namespace',
    ];
    const stepKeys = [
      'name',
      'handler_class',
      'depends_on_steps',
      'handler_config',
      'retry_backoff',
      'timeout_seconds',
    ];
    const step = fc.dictionary(fc.constantFrom(...stepKeys), anything);
    const template = fc.dictionary(
      fc.constantFrom(...keys),
      fc.oneof(anything, fc.array(step), fc.dictionary(fc.string(), step)),
    );
    fc.assert(
      fc.property(fc.oneof(anything, template), (definition) => {
        fc.pre(typeof definition !== 'string');
        expect(loadTemplates([definition as never], options).findings.length).toBeGreaterThan(0);
      }),
      { numRuns: 400 },
    );
  });
});
