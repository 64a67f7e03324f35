import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { contentHash } from '../core/identity.js';
import { storedTemplate } from '../core/stored-template.js';
import type { TemplateDefinition } from '../core/template-definition.js';
import { loadTemplates } from './load-templates.js';
import type { LoadOptions, LoadResult } from './load-templates.js';

const folder = mkdtempSync(join(tmpdir(), 'tasker-load-'));
afterAll(() => rmSync(folder, { recursive: true }));

const options: LoadOptions = { environment: 'development', env: {} };

function write(file: string, text: string): string {
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const load = (yaml: string): LoadResult => loadTemplates([write('one.yaml', yaml)], options);

const minimal = (name: string, rest = ''): string =>
  `name: ${name}\nstep_templates: [{ name: a, handler_class: b }]\n${rest}`;

describe('files', () => {
  const name = ({ template }: LoadResult['templates'][number]): string => template.name;

  it('searches folders at any depth for .yaml and .yml, in order, and passes over the rest', () => {
    write('tree/b.yml', minimal('b'));
    write('tree/a/c.yaml', minimal('a'));
    write('tree/notes.md', '# no template');
    write('tree/..data/b.yaml', minimal('b'));
    symlinkSync(join(folder, 'nowhere'), join(folder, 'tree/dangling'));
    symlinkSync(join(folder, 'tree'), join(folder, 'tree/loop'));
    const { templates, findings } = loadTemplates([join(folder, 'tree'), join(folder, 'tree/b.yml')], options);
    expect(findings).toEqual([]);
    expect(templates.map(name)).toEqual(['a', 'b']);
    expect(templates.map(({ origin }) => origin)).toEqual([join(folder, 'tree/a/c.yaml'), join(folder, 'tree/b.yml')]);
  });

  it('takes several documents of one file, and hashes the content of each', () => {
    const { templates } = load(`---\n${minimal('one')}---\n${minimal('two')}---\n`);
    expect(templates.map(name)).toEqual(['one', 'two']);
    for (const { template, contentHash: hash } of templates) expect(hash).toBe(contentHash(storedTemplate(template)));
  });

  it('gives no template of a file with a finding, and tells the findings of all files', () => {
    const good = write('some/good.yaml', minimal('good'));
    const half = write('some/half.yaml', `${minimal('half')}---\n${minimal('other', 'vresion: 1.0.0')}`);
    const missing = join(folder, 'some/missing.yaml');
    const { templates, findings } = loadTemplates([good, half, missing], options);
    expect(templates.map(name)).toEqual(['good']);
    expect(findings).toEqual([
      { path: missing, message: 'there is no such file or folder: create it, or correct the path' },
      { path: `${half}:6:1`, message: 'unknown key "vresion" in a task template. Did you mean "version"?' },
    ]);
  });

  it('names both places of a template defined twice', () => {
    const first = write('twice/a.yaml', minimal('t'));
    const second = write('twice/b.yaml', `# again\n${minimal('t', 'version: 0.1.0')}`);
    write('twice/c.yaml', minimal('t', 'version: 0.2.0'));
    expect(loadTemplates([join(folder, 'twice')], options).findings).toEqual([
      {
        path: `${second}:2:7`,
        message: `default.t@0.1.0 is defined twice, first at ${first}:1:7: rename one or raise its version`,
      },
    ]);
  });

  it('reads files with a byte order mark and the line ends of Windows', () => {
    const { findings } = load('\uFEFFname: t\r\nversion: x\r\nstep_templates: [{ name: a, handler_class: b }]\r\n');
    expect(findings.map(({ path }) => path)).toEqual([expect.stringMatching(/one\.yaml:2:10$/)]);
  });
});

describe('templates in code', () => {
  const definition: TemplateDefinition = {
    name: 't',
    step_templates: [{ name: 'a', handler_class: 'b', skippable: undefined }],
  };

  it('gives the same template as YAML', () => {
    const { templates, findings } = loadTemplates([definition], options);
    expect(findings).toEqual([]);
    expect(templates).toEqual([{ ...load(minimal('t')).templates[0], origin: 'code' }]);
  });

  it('names the path of what is wrong', () => {
    const wrong = {
      name: 't',
      step_templates: [{ name: 'a', handler_class: 1, inputs: [], handler_config: { 'a b': new Date(0) } }],
    };
    expect(loadTemplates([wrong as never], options).findings).toEqual([
      {
        path: 'code: step_templates[0].handler_class',
        message: 'handler_class must be text, but is 1: write it in quotes',
      },
      {
        path: 'code: step_templates[0].inputs',
        message: 'inputs must be a map, but is a list',
      },
      {
        path: 'code: step_templates[0].handler_config["a b"]',
        message: 'an object of class Date is not JSON: give text, a number, a list or a map',
      },
    ]);
  });

  it('gives no template where a value could not even be read', () => {
    const { templates, findings } = loadTemplates([{ ...definition, name: new Date(0) } as never], options);
    expect(templates).toEqual([]);
    expect(findings.map(({ path }) => path)).toEqual(['code: name']);
  });

  it('tells several templates apart', () => {
    const { findings } = loadTemplates([definition, definition, {} as never], options);
    expect(findings.map(({ path }) => path)).toEqual(['code[1]: name', 'code[2]', 'code[2]']);
  });

  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'a value of type undefined is not JSON: give text, a number, a list or a map'],
    ['null', null, 'a task template must be a map with at least name and step_templates, but is empty'],
    ['a function', () => 1, 'a value of type function is not JSON: give text, a number, a list or a map'],
    ['a list', [], 'a task template must be a map with at least name and step_templates, but is a list'],
  ])('refuses %s', (_fact, value, message) => {
    expect(loadTemplates([value as never], options).findings).toEqual([{ path: 'code', message }]);
  });

  it.each<[string, object, string]>([
    [
      'that hold themselves',
      (() => {
        const a: Record<string, unknown> = {};
        a.a = a;
        return a;
      })(),
      'the value holds itself: it has no end',
    ],
    [
      'with a getter that throws',
      {
        get a(): never {
          throw new Error('no');
        },
      },
      'cannot be read: no',
    ],
    [
      'with the key __proto__',
      JSON.parse('{ "__proto__": 1 }') as object,
      'the key "__proto__" is not allowed: rename it',
    ],
    ['with a number that is none', { a: NaN }, 'NaN is not a number that JSON knows: write a finite number'],
  ])('refuses configs %s', (_fact, config, message) => {
    const wrong = { ...definition, step_templates: [{ name: 'a', handler_class: 'b', handler_config: config }] };
    expect(loadTemplates([wrong as never], options).findings.map((finding) => finding.message)).toEqual([message]);
  });
});
