import type { JsonObject } from '../core/json.js';
import { Findings, Suggestions } from '../templates/findings.js';
import { located, reader, type Located, type Reader, type Reading } from '../templates/reader.js';
import { record } from '../templates/record.js';
import { handlerPath, shortText } from '../templates/shape/names.js';
import { boolean, freeMap, listOf } from '../templates/values.js';
import type { Written } from '../templates/written.js';
import { readYaml } from '../templates/yaml-source.js';

/** A handler that is registered by configuration: a name, and the class of the provider that answers to it. */
export interface HandlerEntry {
  name: Located<string>;
  className: Located<string>;
  config: { json: JsonObject; written: Written } | null;
  dependentSystem: string | null;
  enabled: boolean;
}

/** A file of entries: what is wrong in it is told together. */
export interface HandlerFile {
  path: string;
  entries: HandlerEntry[];
  findings: Findings;
}

const lastPart: Reader<string> = reader(handlerPath.jsonSchema, (written, label, reading) =>
  handlerPath(written, label, reading)?.split('::').at(-1),
);

const free = freeMap('kept');
const config: Reader<NonNullable<HandlerEntry['config']>> = reader(free.jsonSchema, (written, label, reading) => {
  const json = free(written, label, reading);
  for (const key of ['timeout_seconds', 'retry_backoff', 'circuit_breaker']) {
    const entry = written.kind === 'map' ? written.entries.get(key) : undefined;
    if (entry) reading.findings.report(entry.keyAt, `${key} is a matter of each step: write it in the templates`);
  }
  return json && { json, written };
});

const entry = record(
  { name: located(lastPart), class: located(lastPart), config, dependent_system: shortText, enabled: boolean },
  { what: 'a handler', required: ['name', 'class'] },
);
const file = record({ handlers: listOf(entry, 'handlers') }, { what: 'a file of handlers', required: ['handlers'] });

/** Reads a file of handlers; its entries may be incomplete where it has findings. */
export function readHandlerFile(path: string, text: string, env: NodeJS.ProcessEnv): HandlerFile {
  const findings = new Findings();
  const reading: Reading = {
    findings,
    suggestions: new Suggestions(),
    env,
    compiledSchemas: new Set(),
    complete: true,
  };
  const documents = isBlank(text) ? [] : readYaml(path, text, findings);
  const entries = documents.flatMap((document) => file(document, 'the file', reading)?.handlers ?? []);
  return { path, findings, entries: entries.flatMap((fields) => entryOf(fields)) };
}

function entryOf(fields: ReturnType<typeof entry> & object): HandlerEntry[] {
  const { name, class: className, config: given, dependent_system: dependentSystem, enabled = true } = fields;
  if (!name || !className) return [];
  return [{ name, className, config: given ?? null, dependentSystem: dependentSystem ?? null, enabled }];
}

/** A file with nothing but comments registers nothing. */
const isBlank = (text: string): boolean => /^(\s*(#[^\n]*)?(\n|$)|---\s*(\n|$))*$/.test(text);
