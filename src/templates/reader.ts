import type { Json, JsonObject } from '../core/json.js';
import { expand, hasPlaceholder, isWholePlaceholder } from './placeholders.js';
import type { Findings, Suggestions } from './findings.js';
import { shown, toJson } from './written.js';
import type { Place, Written } from './written.js';

/** What readers need to know and where they complain. */
export interface Reading {
  readonly findings: Findings;
  readonly suggestions: Suggestions;
  /** Where placeholders are looked up; null where their values cannot be known, so that what they stand for goes unchecked. */
  readonly env: NodeJS.ProcessEnv | null;
  /** Schemas, as JSON, that were compiled already: environments mostly share one. */
  readonly compiledSchemas: Set<string>;
  /** Whether keys that a template needs must be there. */
  readonly complete: boolean;
}

/**
 * Turns a written value into the program's, or complains.
 *
 * @param label - what messages call the value: its key, mostly
 * @returns undefined where there is a finding, or a placeholder whose value is not known
 */
export type Reader<T> = (written: Written, label: string, reading: Reading) => T | undefined;

/** A value together with where it was written. */
export interface Located<T> {
  readonly value: T;
  readonly at: Place;
}

/** Text with its placeholders filled in; `rule` answers what is wrong with it, as the end of a sentence, or null. */
export const text =
  (rule: (text: string, reading: Reading) => string | null = () => null): Reader<string> =>
  (written, label, reading) => {
    if (written.kind === 'unreadable') return undefined;
    if (written.kind !== 'scalar' || typeof written.value !== 'string') {
      const mend = written.kind === 'scalar' && written.value !== null ? ': write it in quotes' : '';
      return refuse(written, `${label} must be text, but is ${shown(written)}${mend}`, reading);
    }
    const value = expanded(written.value, written.at, reading);
    if (value === undefined) return undefined;
    const wrong = rule(value, reading);
    return wrong === null ? value : refuse(written, `${label} ${wrong}, but is ${shown(written)}`, reading);
  };

/** Which numbers a key takes. */
export interface NumberRule {
  /** The end of a sentence that says which numbers are right: `must be …`. */
  must: string;
  allows: (value: number) => boolean;
}

/** A number, or a text that is wholly one placeholder whose value is a number. */
export const number =
  ({ must, allows }: NumberRule): Reader<number> =>
  (written, label, reading) => {
    if (written.kind === 'unreadable') return undefined;
    const value = scalarBehind(written, reading);
    if (value === undefined) return undefined;
    const found = typeof value === 'string' && isFilledIn(written) && NUMBER.test(value) ? Number(value) : value;
    if (typeof found === 'number' && allows(found)) return found;
    const asWritten = written.kind === 'scalar' && written.value === found;
    const mend = asWritten && typeof found === 'string' && NUMBER.test(found) ? ': write it without quotes' : '';
    return refuse(written, `${label} must be ${must}, but is ${shown(written)}${mend}`, reading);
  };

const NUMBER = /^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i;

/** True or false, or a text that is wholly one placeholder whose value is one of the two words. */
export const boolean: Reader<boolean> = (written, label, reading) => {
  if (written.kind === 'unreadable') return undefined;
  const value = scalarBehind(written, reading);
  if (value === undefined || typeof value === 'boolean') return value;
  if (isFilledIn(written) && (value === 'true' || value === 'false')) return value === 'true';
  return refuse(written, `${label} must be true or false, but is ${shown(written)}`, reading);
};

/** One of a few words; each stands for a value. */
export const oneOf =
  <T>(words: Readonly<Record<string, T>>): Reader<T> =>
  (written, label, reading) => {
    const word = text()(written, label, reading);
    if (word === undefined || Object.hasOwn(words, word)) return word === undefined ? undefined : words[word];
    const known = Object.keys(words);
    const suggestion = reading.suggestions.didYouMean(word, known);
    return refuse(
      written,
      `${label} must be one of ${known.join(', ')}, but is ${shown(written)}.${suggestion}`,
      reading,
    );
  };

/** A list; its items are read one by one, and those with findings are left out. */
export const listOf =
  <T>(item: Reader<T>, of: string): Reader<T[]> =>
  (written, label, reading) => {
    if (written.kind === 'unreadable') return undefined;
    if (written.kind !== 'list')
      return refuse(written, `${label} must be a list of ${of}, but is ${shown(written)}`, reading);
    return written.items.flatMap((each, n) => item(each, `${label}[${n}]`, reading) ?? []);
  };

/** What `reader` reads, with its place. */
export const located =
  <T>(reader: Reader<T>): Reader<Located<T>> =>
  (written, label, reading) => {
    const value = reader(written, label, reading);
    return value === undefined ? undefined : { value, at: written.at };
  };

/** A map of whatever: with its placeholders `filled` in, or checked and `kept`. */
export const freeMap =
  (placeholders: 'filled' | 'kept'): Reader<JsonObject> =>
  (written, label, reading) => {
    if (written.kind === 'unreadable') return undefined;
    if (written.kind !== 'map') return refuse(written, `${label} must be a map, but is ${shown(written)}`, reading);
    let known = true;
    const filled = mapText(written, (value, at) => {
      const result = expanded(value, at, reading);
      known &&= result !== undefined;
      return result ?? value;
    });
    if (placeholders === 'kept') return toJson(written) as JsonObject;
    return known ? (filled as JsonObject) : undefined;
  };

function mapText(written: Written, change: (text: string, at: Place) => string): Json {
  if (written.kind === 'scalar')
    return typeof written.value === 'string' ? change(written.value, written.at) : written.value;
  if (written.kind === 'list') return written.items.map((item) => mapText(item, change));
  if (written.kind === 'unreadable') return null;
  return Object.fromEntries([...written.entries].map(([key, { value }]) => [key, mapText(value, change)]));
}

/** The text with its placeholders filled in; undefined where that cannot be, because of a finding or an unknown environment. */
function expanded(value: string, at: Place, reading: Reading): string | undefined {
  if (!hasPlaceholder(value)) return value;
  let whole = reading.env !== null;
  const result = expand(value, reading.env, (message) => {
    whole = false;
    reading.findings.report(at, message);
  });
  return whole ? result : undefined;
}

/** The scalar, a whole placeholder replaced by its text; null stands for a list or a map; undefined is not known. */
function scalarBehind(written: Written, reading: Reading): string | number | boolean | null | undefined {
  if (written.kind !== 'scalar') return null;
  return typeof written.value === 'string' ? expanded(written.value, written.at, reading) : written.value;
}

const isFilledIn = (written: Written): boolean =>
  written.kind === 'scalar' && typeof written.value === 'string' && isWholePlaceholder(written.value);

/** Complains about the value as it was written. */
export function refuse(written: Written, message: string, reading: Reading): undefined {
  reading.findings.report(written.at, message);
  return undefined;
}
