import { refuse } from './reader.js';
import type { Reader, Reading } from './reader.js';
import { quoted, shown } from './written.js';
import type { WrittenMap } from './written.js';

/** Readers of a map's keys. */
export type Shape<T> = { readonly [K in keyof T]-?: Reader<T[K]> };

/** What holds for a map beyond the values of its keys. */
export interface RecordRules<T> {
  /** What the map is, for messages: `a step`. */
  what: string;
  required?: readonly (keyof T & string)[];
  /** Keys of the dialect that this version does not obey. */
  unsupported?: readonly string[];
}

/** A map of known keys: any other is a finding. */
export const record =
  <T extends object>(shape: Shape<T>, { what, required = [], unsupported = [] }: RecordRules<T>): Reader<Partial<T>> =>
  (written, label, reading) => {
    if (written.kind === 'unreadable') return undefined;
    if (written.kind !== 'map') return refuse(written, `${label} must be a map, but is ${shown(written)}`, reading);
    const result: Partial<T> = {};
    for (const [key, { keyAt, value }] of written.entries) {
      if (Object.hasOwn(shape, key)) result[key as keyof T] = shape[key as keyof T](value, key, reading);
      else if (unsupported.includes(key)) {
        reading.findings.report(
          keyAt,
          `this version of Tasker does not support the key "${key}" in ${what}: remove it`,
        );
      } else {
        const suggestion = reading.suggestions.didYouMean(key, Object.keys(shape));
        const mend = suggestion || ` Known are ${Object.keys(shape).join(', ')}`;
        reading.findings.report(keyAt, `unknown key ${quoted(key)} in ${what}.${mend}`);
      }
    }
    reportMissing(written, required, what, reading);
    return result;
  };

function reportMissing(written: WrittenMap, required: readonly string[], what: string, reading: Reading): void {
  if (!reading.complete) return;
  for (const key of required) {
    if (!written.entries.has(key)) reading.findings.report(written.at, `${what} needs the key "${key}": add it`);
  }
}
