import type { ErrorObject } from 'ajv/dist/2020.js';
import type { JsonObject } from '../core/json.js';
import { findingOf } from '../templates/context-schema.js';
import { Suggestions } from '../templates/findings.js';
import { compileSchema } from '../templates/schema-compiler.js';
import { writtenAt, type Place } from '../templates/written.js';
import type { WrittenSubscription } from './subscription-files.js';

/**
 * The config for a class, with the defaults of its schema; values are never shown.
 *
 * @param schema - of the class; null takes any map
 * @returns null where there are findings
 */
export function configFor(subscription: WrittenSubscription, schema: JsonObject | null): JsonObject | null {
  const { config, at, reading } = subscription;
  const json = structuredClone(config?.json ?? {});
  if (schema === null) return json;
  const validate = compileSchema(schema);
  if (Array.isArray(validate)) {
    const list = validate.map(({ pointer, message }) => `${pointer || '/'}: ${message}`).join('; ');
    reading.findings.report(subscription.className.at, `the configSchema of ${subscription.className.value}: ${list}`);
    return null;
  }
  if (validate(json)) return json;
  const suggestions = new Suggestions();
  const errors = (validate.errors ?? []).filter(({ keyword }) => keyword !== 'if');
  for (const error of errors) {
    const { path, message } = findingOf(withoutValues(error), json, suggestions, 'config');
    reading.findings.report(config ? placeOf(config.written, error.instancePath) : at, `${path}: ${message}`);
  }
  return null;
}

const placeOf = (written: Parameters<typeof writtenAt>[0], pointer: string): Place => writtenAt(written, pointer).at;

/** Messages name what is allowed, and never what is there: it may be a secret. */
const withoutValues = (error: ErrorObject): ErrorObject => ({ ...error, data: undefined });
