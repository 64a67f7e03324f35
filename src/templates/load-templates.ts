import { contentHash } from '../core/identity.js';
import type { Finding } from '../core/errors.js';
import { fullName } from '../core/template.js';
import type { TaskTemplate } from '../core/template.js';
import { readCode } from './code-source.js';
import type { TemplateDefinition } from '../core/template-definition.js';
import { Findings, Suggestions } from './findings.js';
import { Overlay } from './overlay.js';
import { built, prove } from './prove.js';
import type { HandlerNames } from './prove.js';
import type { Reading } from './reader.js';
import { templateFiles } from './template-files.js';
import { templateShape } from './template-shape.js';
import { quoted, shown } from './written.js';
import type { Place, Written, WrittenMap } from './written.js';
import { readYaml } from './yaml-source.js';

/** The surroundings that templates are loaded in. */
export interface LoadOptions {
  /** Which of the templates' `environments` is laid over their base. */
  environment: string;
  /** Where `${NAME}` is looked up. */
  env: NodeJS.ProcessEnv;
  /** If given, every `handler_class` must be one of these. */
  handlers?: HandlerNames;
}

/** A proven template, where it came from, and what tells two of the same version apart. */
export interface LoadedTemplate {
  template: TaskTemplate;
  /** The file, or `code`. */
  origin: string;
  /** SHA-256 of the template. */
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
export function loadTemplates(sources: readonly (string | TemplateDefinition)[], options: LoadOptions): LoadResult {
  const definitions = sources.filter((source) => typeof source !== 'string');
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
  ];
  reportDuplicates(all);
  return {
    templates: all
      .filter(({ findings }) => findings.size === 0)
      .flatMap(({ origin, proven }) =>
        proven.map(({ template }) => ({ template, origin, contentHash: contentHash(template) })),
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
  const written = running ? overlay.with(running) : base;
  const fields = templateShape(written, 'the template', reading)!;
  prove(fields, written, reading, options.handlers);
  // What the environment hides of the base would be met in another one.
  if (running) templateShape(base, 'the template', { ...reading, env: null, complete: false });
  for (const [name, environment] of environments) {
    if (environment === running) continue;
    const others = new Findings();
    const idle = { ...reading, findings: others, env: null };
    const merged = new Overlay(base, others, suggestions).with(environment);
    prove(templateShape(merged, 'the template', idle)!, merged, idle, options.handlers);
    findings.addNew(others, ` (in environment ${quoted(name)})`);
  }
  return findings.size === 0 ? [{ template: built(fields), at: fields.name!.at }] : [];
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
