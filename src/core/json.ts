export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value) as object | null;
  // that of another realm, as of Jest's, is not this one's Object.prototype
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

/** `over` laid over `under`: maps merge, scalars and lists replace. Neither is changed. */
export function layered(under: Readonly<JsonObject>, over: Readonly<JsonObject>): JsonObject {
  const merged: JsonObject = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const below = Object.hasOwn(under, key) ? under[key] : undefined;
    merged[key] = isPlainObject(below) && isPlainObject(value) ? layered(below, value) : value;
  }
  return merged;
}

/**
 * JSON with object keys in code-unit order and no white space: equal values give equal text
 * (RFC 8785; numbers and strings are written as JSON.stringify writes them, as the RFC asks).
 */
export const canonicalJson = (value: unknown): string => inOrder(JSON.parse(JSON.stringify(value)) as Json);

/** Written by hand: an object would put keys that look like numbers first, whatever their order. */
function inOrder(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(inOrder).join(',')}]`;
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${inOrder(value[key]!)}`).join(',')}}`;
}

/** Path of the first string (or key) that holds a NUL, which PostgreSQL's text cannot store; null where there is none. */
export function findNul(value: unknown, path = ''): string | null {
  if (typeof value === 'string') return value.includes('\u0000') ? path : null;
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, inner] of Object.entries(value)) {
    const found = key.includes('\u0000') ? path : findNul(inner, path === '' ? key : `${path}.${key}`);
    if (found !== null) return found;
  }
  return null;
}

/** Text without what PostgreSQL's text cannot hold: NUL and halves of surrogate pairs become U+FFFD. */
export const storableText = (text: string): string => text.replace(/\0|\p{Surrogate}/gu, '\uFFFD');

/** The same for the strings and keys in JSON text as `JSON.stringify` writes it, where both are escaped. */
export const storableJson = (json: string): string =>
  json.replace(/\\(?:\\|u0000|ud[89a-f][0-9a-f]{2})/g, (escape) => (escape === '\\\\' ? escape : '\uFFFD'));
