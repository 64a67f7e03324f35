import type { Json } from './json.js';

/** What stands in the place of a hidden value. */
export const MASK = '***';

/**
 * The value with the values of the named fields hidden, at any depth; itself where there is nothing to hide.
 *
 * @param fields - names of fields, upper and lower case alike
 */
export function masked<T extends Json>(value: T, fields: readonly string[]): T {
  if (fields.length === 0) return value;
  return hide(value, new Set(fields.map((field) => field.toLowerCase()))) as T;
}

function hide(value: Json, names: ReadonlySet<string>): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => hide(item, names));
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, names.has(key.toLowerCase()) ? MASK : hide(inner, names)]),
  );
}
