import { byCode, keyText, literal } from './type-names.js';
import { isMap } from './json-map.js';
import type { Json } from '../../index.js';

/** A type as it is written; a compound one needs brackets inside another. */
export interface TypeText {
  text: string;
  form: 'word' | 'block' | 'compound';
}

export const word = (text: string): TypeText => ({ text, form: 'word' });

/** What is said nothing about; in an intersection it changes nothing. */
export const UNKNOWN = word('unknown');
export const NEVER = word('never');

/** An object type, a field to a line. */
export const block = (fields: readonly string[]): TypeText => ({
  text: fields.length === 0 ? '{}' : `{\n${fields.map((field) => field.replaceAll(/^/gm, '  ')).join('\n')}\n}`,
  form: 'block',
});

/** As it may stand inside another type. */
export const grouped = ({ text, form }: TypeText): string => (form === 'compound' ? `(${text})` : text);

export const listOf = (item: TypeText): TypeText => word(`${grouped(item)}[]`);

export function unionOf(types: readonly TypeText[]): TypeText {
  const distinct = withoutRepeats(types);
  if (distinct.includes(UNKNOWN)) return UNKNOWN;
  if (distinct.length <= 1) return distinct[0] ?? NEVER;
  return { text: distinct.map(grouped).join(' | '), form: 'compound' };
}

export function intersectionOf(types: readonly TypeText[]): TypeText {
  const telling = withoutRepeats(types).filter((type) => type !== UNKNOWN);
  if (telling.length <= 1) return telling[0] ?? UNKNOWN;
  return { text: telling.map(grouped).join(' & '), form: 'compound' };
}

/** The type of this very value. */
export function valueType(value: Json): TypeText {
  if (typeof value === 'string') return word(literal(value));
  if (Array.isArray(value)) return word(`[${value.map((each) => valueType(each).text).join(', ')}]`);
  if (!isMap(value)) return word(String(value));
  const fields = Object.keys(value)
    .sort(byCode)
    .map((key) => `${keyText(key)}: ${valueType(value[key]!).text};`);
  return block(fields);
}

const withoutRepeats = (types: readonly TypeText[]): TypeText[] => [
  ...new Map(types.map((type) => [type.text, type])).values(),
];
