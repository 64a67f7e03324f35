import { contentHash } from '../core/identity.js';
import type { Finding } from '../core/errors.js';
import { storedTemplate } from '../core/stored-template.js';
import { fullName } from '../core/template.js';
import type { TaskTemplate } from '../core/template.js';
import { CodeTemplate, readCode } from './code-source.js';
import type { TemplateDefinition } from '../core/template-definition.js';
import { Findings, Suggestions } from './findings.js';
import { checkEncryption, checkResources } from './host-resources.js';
import type { HostResources } from './host-resources.js';
import { Overlay } from './overlay.js';
import { builtTemplate } from './build-template.js';
import { prove } from './prove.js';
import type { KnownHandlers } from './prove.js';
import type { Reading } from './reader.js';
import { withSharedConfig } from './shared-config.js';
import { templateFiles } from './template-files.js';
import { templateShape } from './template-shape.js';
import { quoted, shown } from './written.js';
import type { Place, Written, WrittenMap } from './written.js';
import { readYaml } from './yaml-source.js';

/** The surroundings that templates are loaded in. */
export interface LoadOptions extends KnownHandlers {
  /** Which of the templates' `environments` is laid over their base. */
  environment: string;
  /** Where `${NAME}` is looked up. */
  env: NodeJS.ProcessEnv;
  /** What the process has that runs steps of the templates; if given, they must not ask for more. */
  resources?: HostResources;
  /** Whether the process can encrypt; if false, templates must not ask for it. */
  canEncrypt?: boolean;
}

/** A proven template, where it came from, and what tells two of the same version apart. */
export interface LoadedTemplate {
  template: TaskTemplate;
  /** The file, `code`, or the method that has defined it. */
  origin: string;
  /** SHA-256 of the template as it is stored. */
  contentHash: string;
}

/** What loading gave. */
export interface LoadResult {
  templates: LoadedTemplate[];
  /** Everything that is wrong anywhere; a file with a finding gives no template. */
  findings: Finding[];
}

/** One file or object of code: what is wrong in it is told together. */
interface Source {
  origin: string;
  findings: Findings;
  proven: { template: TaskTemplate; at: Place }[];
}

/**
 * Reads and proves task templates. Never throws for what a template says.
 *
 * @param sources - files, folders (searched for *.yaml and *.yml at any depth), or templates as objects
 */
export function loadTemplates(
  sources: readonly (string | TemplateDefinition | CodeTemplate)[],
  options: LoadOptions,
): LoadResult {
  const labelled = sources.filter((source) => source instanceof CodeTemplate);
  const definitions = sources.filter((source) => typeof source !== 'string' && !(source instanceof CodeTemplate));
  const missing: Finding[] = [];
  const all = [
    ...templateFiles(sources.filter((source) => typeof source === 'string')).flatMap((file) => {
      if ('text' in file) return [sourceOf(file.path, (findings) => readYaml(file.path, file.text, findings), options)];
      missing.push({ path: file.path, message: file.problem });
      return [];
    }),
    ...definitions.map((definition, n) => {
      const label = definitions.length === 1 ? 'code' : `code[${n}]`;
      return sourceOf('code', (findings) => [readCode(label, definition, findings)], options);
    }),
    ...labelled.map(({ label, definition }) =>
      sourceOf(label, (findings) => [readCode(label, definition, findings)], options),
    ),
  ];
  reportDuplicates(all);
  return {
    templates: all
      .filter(({ findings }) => findings.size === 0)
      .flatMap(({ origin, proven }) =>
        proven.map(({ template }) => ({ template, origin, contentHash: contentHash(storedTemplate(template)) })),
      ),
    findings: [...missing, ...all.flatMap(({ findings }) => findings.list())],
  };
}

function sourceOf(origin: string, read: (findings: Findings) => Written[], options: LoadOptions): Source {
  const findings = new Findings();
  return { origin, findings, proven: read(findings).flatMap((document) => provenIn(document, findings, options)) };
}

function provenIn(document: Written, findings: Findings, options: LoadOptions): Source['proven'] {
  if (document.kind === 'unreadable') return [];
  if (document.kind !== 'map') {
    findings.report(
      document.at,
      `a task template must be a map with at least name and step_templates, but is ${shown(document)}`,
    );
    return [];
  }
  const suggestions = new Suggestions();
  const { base, environments } = split(document, findings);
  const overlay = new Overlay(base, findings, suggestions);
  const reading: Reading = { findings, suggestions, env: options.env, compiledSchemas: new Set(), complete: true };
  const running = environments.get(options.environment);
  const written = withSharedConfig(running ? overlay.with(running) : base, findings);
  const fields = templateShape(written, 'the template', reading)!;
  prove(fields, written, reading, options);
  if (options.resources) checkResources(fields, written, options.resources, reading);
  if (options.canEncrypt === false) checkEncryption(fields, written, reading);
  // What the environment hides of the base would be met in another one.
  if (running) templateShape(base, 'the template', { ...reading, env: null, complete: false });
  for (const [name, environment] of environments) {
    if (environment === running) continue;
    const others = new Findings();
    const idle = { ...reading, findings: others, env: null };
    const merged = withSharedConfig(new Overlay(base, others, suggestions).with(environment), others);
    prove(templateShape(merged, 'the template', idle)!, merged, idle, options);
    findings.addNew(others, ` (in environment ${quoted(name)})`);
  }
  return findings.size === 0 ? [{ template: builtTemplate(fields), at: fields.name!.at }] : [];
}

function split(document: WrittenMap, findings: Findings): { base: WrittenMap; environments: Map<string, Written> } {
  const entries = new Map(document.entries);
  const written = entries.get('environments')?.value;
  entries.delete('environments');
  if (written && (written.kind === 'scalar' || written.kind === 'list')) {
    findings.report(written.at, `environments must be a map of environments by name, but is ${shown(written)}`);
  }
  const named = written?.kind === 'map' ? [...written.entries].map(([name, { value }]) => [name, value] as const) : [];
  return { base: { ...document, entries }, environments: new Map(named) };
}

function reportDuplicates(sources: readonly Source[]): void {
  const places = new Map<string, Place>();
  for (const { findings, proven } of sources) {
    for (const { template, at } of proven) {
      const first = places.get(fullName(template));
      if (first)
        findings.report(
          at,
          `${fullName(template)} is defined twice, first at ${first.text}: rename one or raise its version`,
        );
      else places.set(fullName(template), at);
    }
  }
}
