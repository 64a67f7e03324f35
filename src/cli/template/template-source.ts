import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { closest, distance } from 'fastest-levenshtein';
import { compareBuild } from 'semver';
import { loadTemplates, type LoadResult } from '../../index.js';
import { loadSettings } from '../../server/settings.js';
import { CommandFailure } from '../command-failure.js';

/** A proven template, and the file that it is from. */
export type LoadedTemplate = LoadResult['templates'][number];
export type Template = LoadedTemplate['template'];

/** What commands that read templates may be told. */
export interface TemplateOptions {
  environment: string;
  /** Only templates of this one. */
  namespace?: string;
}

/**
 * The templates of these files and folders, by namespace and name, the highest version first.
 *
 * @param files - those of the settings where none are given
 * @throws CommandFailure with every finding, as `template validate` has them
 */
export function readTemplates(files: readonly string[], { environment, namespace }: TemplateOptions): LoadedTemplate[] {
  const { templates, findings } = loadTemplates(sourcesOf(files), { environment, env: process.env });
  if (findings.length > 0)
    throw new CommandFailure(findings.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  return templates.filter(({ template }) => !namespace || template.namespace === namespace).sort(inOrder);
}

/**
 * The one template that is meant.
 *
 * @param reference - `NAME`, `NAME@version` or `namespace.NAME`, or a YAML file that holds one template
 */
export function readTemplate(reference: string, files: readonly string[], options: TemplateOptions): LoadedTemplate {
  if (!/\.ya?ml$/i.test(reference)) return find(reference, readTemplates(files, options));
  const held = readTemplates([reference, ...files], options);
  if (held.length === 1) return held[0]!;
  const names = held.map(({ template }) => nameOf(template)).join(', ');
  throw new CommandFailure(
    held.length === 0
      ? `${reference} holds no template${options.namespace ? ` of the namespace ${options.namespace}` : ''}.`
      : `${reference} holds ${held.length} templates (${names}): name one, and the file after it.`,
  );
}

/** `namespace.name@version` */
export const nameOf = ({ namespace, name, version }: Template): string => `${namespace}.${name}@${version}`;

function find(reference: string, known: readonly LoadedTemplate[]): LoadedTemplate {
  const [name, version] = reference.split('@') as [string, string?];
  const named = known.filter(({ template }) => name === template.name || name === qualified(template));
  const namespaces = [...new Set(named.map(({ template }) => template.namespace))];
  if (namespaces.length > 1) {
    throw new CommandFailure(`${name} is in the namespaces ${namespaces.join(', ')}: say which with --namespace.`);
  }
  const found = named.find(({ template }) => version === undefined || template.version === version);
  if (found) return found;
  const versions = named.map(({ template }) => template.version).join(', ');
  throw new CommandFailure(
    versions === ''
      ? `There is no template "${name}".${suggestion(name, known)}`
      : `${name} has the versions ${versions}.`,
  );
}

function suggestion(name: string, known: readonly LoadedTemplate[]): string {
  if (known.length === 0) return ' There are none where they were looked for: name files, or set TASKER_TEMPLATES.';
  const names = known.map(({ template }) => template.name);
  const nearest = closest(name, names);
  const near = distance(name, nearest) <= Math.max(2, nearest.length / 3);
  return near ? ` Did you mean "${nearest}"?` : ' `tasker template list` shows those that there are.';
}

/** The default folder need not exist. */
function sourcesOf(files: readonly string[]): string[] {
  if (files.length > 0) return files.map((file) => resolve(file));
  return loadSettings()
    .templates.map((path) => resolve(path))
    .filter((path) => existsSync(path));
}

const qualified = ({ namespace, name }: Template): string => `${namespace}.${name}`;

function inOrder({ template: a }: LoadedTemplate, { template: b }: LoadedTemplate): number {
  if (a.namespace !== b.namespace) return a.namespace < b.namespace ? -1 : 1;
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return compareBuild(b.version, a.version);
}
