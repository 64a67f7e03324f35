import { ancestorsByName } from '../template/step-order.js';
import { nameOf, type LoadedTemplate, type Template } from '../template/template-source.js';
import { SchemaTypes } from './schema-types.js';
import { byCode, comment, keyText, TypeNames, union } from './type-names.js';
import { GENERICS, HEAD, RESERVED } from './type-frame.js';

const DEFAULT_NAMESPACE = 'default';

/**
 * A TypeScript file with the types of templates: contexts from their schemas, steps and ancestors from their graphs.
 * The same templates give the same file, wherever and in whatever order they were found.
 *
 * @param loaded - of one name the highest version first
 */
export function templateTypes(loaded: readonly LoadedTemplate[]): string {
  const names = new TypeNames(RESERVED);
  const keyed = loaded
    .map(({ template }, n) => ({ template, key: keyOf(template, isOlder(loaded, n)) }))
    .sort((a, b) => byCode(a.key, b.key));
  const written = keyed.map(({ template, key }) => ({ key, ...declared(template, key, names) }));
  const entries = written.map(({ key, entry }) => `  ${keyText(key)}: ${entry};\n`);
  return [
    HEAD,
    ...written.map(({ text }) => text),
    `/** Every template by its name; the highest version, where there are several. */\nexport interface Templates {\n${entries.join('')}}\n`,
    GENERICS,
  ].join('\n');
}

/** `name`, or `namespace.name`; versions below the highest end in `@version`. */
const keyOf = ({ namespace, name, version }: Template, older: boolean): string =>
  `${namespace === DEFAULT_NAMESPACE ? '' : `${namespace}.`}${name}${older ? `@${version}` : ''}`;

function isOlder(loaded: readonly LoadedTemplate[], n: number): boolean {
  const { namespace, name } = loaded[n]!.template;
  return loaded.findIndex(({ template }) => template.namespace === namespace && template.name === name) < n;
}

/** A template's declarations, and what stands for it in the list of all. */
function declared(template: Template, key: string, names: TypeNames): { text: string; entry: string } {
  const context = names.give(key, 'Context');
  const step = names.give(key, 'Step');
  const results = names.give(key, 'Results');
  const entry = names.give(key, 'Template');
  const { steps } = template;
  const ancestors = ancestorsByName(steps);
  const contextTypes = new SchemaTypes(template.schema ?? { type: 'object' }, context, names).declarations();
  const lines = [...ancestors]
    .sort(([a], [b]) => byCode(a, b))
    .map(([name, above]) => `    ${keyText(name)}: ${union(above)};\n`);
  const skippable = steps.filter((each) => each.skippable).map(({ name }) => name);
  const text = [
    comment(`Context of ${nameOf(template)}`),
    ...contextTypes,
    '',
    `export type ${step} = ${union(steps.map(({ name }) => name))};`,
    '',
    comment(`What the steps of ${nameOf(template)} leave: add them with \`declare module\`.`),
    `export interface ${results} {}`,
    '',
    `export interface ${entry} {`,
    `  context: ${context};`,
    `  results: KnownSteps<${step}, ${results}>;`,
    '  /** Steps that may be skipped where they fail, and then leave null. */',
    `  skippable: ${union(skippable)};`,
    '  /** For each step all that have finished before it. */',
    '  ancestors: {',
    `${lines.join('')}  };`,
    '}',
    '',
  ].join('\n');
  return { text, entry };
}
