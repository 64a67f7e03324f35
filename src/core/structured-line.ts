import { inspect } from 'node:util';

/** The fields of a log line. A logger that takes objects apart sees fields; one that prints them prints one line of JSON. */
export function structuredLine<Fields extends object>(fields: Fields): Fields {
  return Object.defineProperty(fields, inspect.custom, { value: () => JSON.stringify(fields) });
}
