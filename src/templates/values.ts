import type { Json, JsonObject } from '../core/json.js';
import { expand, hasPlaceholder, isWholePlaceholder } from './placeholders.js';
import { reader, refuse } from './reader.js';
import type { Reader, Reading } from './reader.js';
import { shown, toJson } from './written.js';
import type { Place, Written } from './written.js';

/** A text that is wholly one placeholder stands for a number or a boolean. */
const WHOLE_PLACEHOLDER = { type: 'string', pattern: '^\\$\\{[^}]*\\}$' };
/** Of a text that holds a placeholder only its value can say whether it is right. */
const SOME_PLACEHOLDER = { type: 'string', pattern: '\\$\\{' };

/** Which texts a key takes. */
export interface TextRule {
  /** Answers what is wrong with a text, as the end of a sentence, or null. */
  wrong: (text: string) => string | null;
  /** The same in JSON Schema, as far as that goes. */
  jsonSchema?: JsonObject;
}

/** Text with its placeholders filled in. */
export const text = ({ wrong, jsonSchema = {} }: TextRule = { wrong: () => null }): Reader<string> =>
  reader(
    Object.keys(jsonSchema).length === 0
      ? { type: 'string' }
      : { anyOf: [{ type: 'string', ...jsonSchema }, SOME_PLACEHOLDER] },
    (written, label, reading) => {
      if (written.kind === 'unreadable') return undefined;
      if (written.kind !== 'scalar' || typeof written.value !== 'string') {
        const mend = written.kind === 'scalar' && written.value !== null ? ': write it in quotes' : '';
        return refuse(written, `${label} must be text, but is ${shown(written)}${mend}`, reading);
      }
      const value = expanded(written.value, written.at, reading);
      if (value === undefined) return undefined;
      const problem = wrong(value);
      return problem === null ? value : refuse(written, `${label} ${problem}, but is ${shown(written)}`, reading);
    },
  );

/** Text of a pattern. */
export const matching = (pattern: RegExp, must: string): Reader<string> =>
  text({
    wrong: (value) => (pattern.test(value) ? null : `must be ${must}`),
    jsonSchema: { pattern: pattern.source },
  });

/** Which numbers a key takes. */
export interface NumberRule {
  /** The end of a sentence that says which numbers are right: `must be …`. */
  must: string;
  allows: (value: number) => boolean;
  /** The same in JSON Schema. */
  jsonSchema: JsonObject;
}

/** A number, or a text that is wholly one placeholder whose value is a number. */
export const number = ({ must, allows, jsonSchema }: NumberRule): Reader<number> =>
  reader({ anyOf: [{ type: 'number', ...jsonSchema }, WHOLE_PLACEHOLDER] }, (written, label, reading) => {
    if (written.kind === 'unreadable') return undefined;
    const value = scalarBehind(written, reading);
    if (value === undefined) return undefined;
    const found = typeof value === 'string' && isFilledIn(written) && NUMBER.test(value) ? Number(value) : value;
    if (typeof found === 'number' && allows(found)) return found;
    const asWritten = written.kind === 'scalar' && written.value === found;
    const mend = asWritten && typeof found === 'string' && NUMBER.test(found) ? ': write it without quotes' : '';
    return refuse(written, `${label} must be ${must}, but is ${shown(written)}${mend}`, reading);
  });

const NUMBER = /^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i;

/** A number within bounds, both of which are allowed. */
export const numberFrom = (minimum: number, maximum: number, what = 'a number'): Reader<number> =>
  number({
    must: `${what} from ${minimum} to ${maximum}`,
    allows: (value) => value >= minimum && value <= maximum,
    jsonSchema: { minimum, maximum },
  });

/** A whole number within bounds, both of which are allowed. */
export const wholeFrom = (minimum: number, maximum: number): Reader<number> =>
  number({
    must: `a whole number from ${minimum} to ${maximum}`,
    allows: (value) => Number.isInteger(value) && value >= minimum && value <= maximum,
    jsonSchema: { type: 'integer', minimum, maximum },
  });

/** True or false, or a text that is wholly one placeholder whose value is one of the two words. */
export const boolean: Reader<boolean> = reader(
  { anyOf: [{ type: 'boolean' }, WHOLE_PLACEHOLDER] },
  (written, label, reading) => {
    if (written.kind === 'unreadable') return undefined;
    const value = scalarBehind(written, reading);
    if (value === undefined || typeof value === 'boolean') return value;
    if (isFilledIn(written) && (value === 'true' || value === 'false')) return value === 'true';
    return refuse(written, `${label} must be true or false, but is ${shown(written)}`, reading);
  },
);

/** One of a few words; each stands for a value. */
export const oneOf = <T>(words: Readonly<Record<string, T>>): Reader<T> => {
  const known = Object.keys(words);
  const word = text();
  return reader({ anyOf: [{ type: 'string', enum: known }, SOME_PLACEHOLDER] }, (written, label, reading) => {
    const given = word(written, label, reading);
    if (given === undefined || Object.hasOwn(words, given)) return given === undefined ? undefined : words[given];
    const suggestion = reading.suggestions.didYouMean(given, known);
    return refuse(
      written,
      `${label} must be one of ${known.join(', ')}, but is ${shown(written)}.${suggestion}`,
      reading,
    );
  });
};

/** One of a few words, each of which stands for itself. */
export const wordOf = <T extends string>(words: readonly T[]): Reader<T> =>
  oneOf(Object.fromEntries(words.map((word) => [word, word])) as Record<T, T>);

/** A list; its items are read one by one, and those with findings are left out. */
export const listOf = <T>(item: Reader<T>, of: string): Reader<T[]> =>
  reader({ type: 'array', items: item.jsonSchema }, (written, label, reading) => {
    if (written.kind === 'unreadable') return undefined;
    if (written.kind !== 'list')
      return refuse(written, `${label} must be a list of ${of}, but is ${shown(written)}`, reading);
    return written.items.flatMap((each, n) => item(each, `${label}[${n}]`, reading) ?? []);
  });

/** A map of whatever: with its placeholders `filled` in, or checked and `kept`. */
export const freeMap = (placeholders: 'filled' | 'kept'): Reader<JsonObject> =>
  reader({ type: 'object' }, (written, label, reading) => {
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
  });

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
export function scalarBehind(written: Written, reading: Reading): string | number | boolean | null | undefined {
  if (written.kind !== 'scalar') return null;
  return typeof written.value === 'string' ? expanded(written.value, written.at, reading) : written.value;
}

const isFilledIn = (written: Written): boolean =>
  written.kind === 'scalar' && typeof written.value === 'string' && isWholePlaceholder(written.value);
