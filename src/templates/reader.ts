import type { JsonObject } from '../core/json.js';
import type { Findings, Suggestions } from './findings.js';
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
export type Read<T> = (written: Written, label: string, reading: Reading) => T | undefined;

/** Reads a value, and says by a JSON Schema (draft 7) what it reads, so that editors know it too. */
export interface Reader<T> extends Read<T> {
  readonly jsonSchema: JsonObject;
}

/** What a reader gives. */
export type ReadBy<R> = R extends Reader<infer T> ? T : never;

/** A value together with where it was written. */
export interface Located<T> {
  readonly value: T;
  readonly at: Place;
}

/** A reader that reads by `read` what `jsonSchema` describes. */
export const reader = <T>(jsonSchema: JsonObject, read: Read<T>): Reader<T> =>
  Object.assign((...parameters: Parameters<Read<T>>) => read(...parameters), { jsonSchema });

/** What `inner` reads, as one key of a map: with what people are told about the key, and what its absence means. */
export const key = <T>(description: string, inner: Reader<T>, fallback?: JsonObject[string]): Reader<T> =>
  reader({ description, ...inner.jsonSchema, ...(fallback === undefined ? {} : { default: fallback }) }, inner);

/** What `inner` reads, with its place. */
export const located = <T>(inner: Reader<T>): Reader<Located<T>> =>
  reader(inner.jsonSchema, (written, label, reading) => {
    const value = inner(written, label, reading);
    return value === undefined ? undefined : { value, at: written.at };
  });

/** What `inner` reads, unless it is at odds with a rule; `rule` answers what is wrong with it, as a sentence, or null. */
export const checked = <T>(inner: Reader<T>, rule: (value: T, label: string) => string | null): Reader<T> =>
  reader(inner.jsonSchema, (written, label, reading) => {
    const value = inner(written, label, reading);
    const wrong = value === undefined ? null : rule(value, label);
    return wrong === null ? value : refuse(written, wrong, reading);
  });

/** Complains about the value as it was written. */
export function refuse(written: Written, message: string, reading: Reading): undefined {
  reading.findings.report(written.at, message);
  return undefined;
}
