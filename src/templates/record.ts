import { reader, refuse } from './reader.js';
import type { ReadBy, Reader, Reading } from './reader.js';
import { quoted, shown } from './written.js';
import type { WrittenMap } from './written.js';

/** Readers of a map's keys. */
export type Shape = Readonly<Record<string, Reader<unknown>>>;

/** What a map of a shape holds; where a value could not be read, nothing. */
export type FieldsOf<S extends Shape> = { -readonly [K in keyof S]?: ReadBy<S[K]> | undefined };

/** What holds for a map beyond the values of its keys. */
export interface RecordRules<S extends Shape> {
  /** What the map is, for messages: `a step`. */
  what: string;
  required?: readonly (keyof S & string)[];
}

/** A map of known keys: any other is a finding. */
export const record = <S extends Shape>(
  shape: S,
  { what, required = [] }: RecordRules<NoInfer<S>>,
): Reader<FieldsOf<S>> => {
  const known = Object.keys(shape);
  return reader(
    {
      type: 'object',
      properties: Object.fromEntries(known.map((name) => [name, shape[name]!.jsonSchema])),
      ...(required.length > 0 ? { required: [...required] } : {}),
      additionalProperties: false,
    },
    (written, label, reading) => {
      if (written.kind === 'unreadable') return undefined;
      if (written.kind !== 'map') return refuse(written, `${label} must be a map, but is ${shown(written)}`, reading);
      const result: Record<string, unknown> = {};
      for (const [name, { keyAt, value }] of written.entries) {
        if (Object.hasOwn(shape, name)) result[name] = shape[name]!(value, name, reading);
        else {
          const mend = reading.suggestions.didYouMean(name, known) || ` Known are ${known.join(', ')}`;
          reading.findings.report(keyAt, `unknown key ${quoted(name)} in ${what}.${mend}`);
        }
      }
      reportMissing(written, required, what, reading);
      return result as FieldsOf<S>;
    },
  );
};

function reportMissing(written: WrittenMap, required: readonly string[], what: string, reading: Reading): void {
  if (!reading.complete) return;
  for (const name of required) {
    if (!written.entries.has(name)) reading.findings.report(written.at, `${what} needs the key "${name}": add it`);
  }
}
