import type { ErrorObject } from 'ajv/dist/2020.js';
import { TaskerError } from '../core/errors.js';
import type { Finding } from '../core/errors.js';
import { isPlainObject } from '../core/json.js';
import type { JsonObject } from '../core/json.js';
import { Suggestions } from './findings.js';
import { compileSchema } from './schema-compiler.js';
import { keyPath, quoted } from './written.js';

/** Checks one context, and fills the schema's defaults into it; every violation is a finding with a path like `context.items[0].sku`. */
export type ContextSchema = (context: JsonObject) => Finding[];

/**
 * Compiles a template's schema, once for all of its tasks; null accepts any context.
 *
 * @throws TaskerError template_invalid if the schema cannot be compiled, which loading a template rules out
 */
export function compileContextSchema(schema: JsonObject | null): ContextSchema {
  if (schema === null) return () => [];
  const validate = compileSchema(schema);
  if (Array.isArray(validate)) {
    const findings = validate.map(({ pointer, message }) => ({ path: `schema${pointer}`, message }));
    throw new TaskerError('template_invalid', `The schema is invalid: ${findings[0]!.message}`, findings);
  }
  return (context) => {
    if (validate(context)) return [];
    const suggestions = new Suggestions();
    // What an `if` led to is told by itself.
    const errors = (validate.errors ?? []).filter(({ keyword }) => keyword !== 'if');
    return distinct(errors.map((error) => findingOf(error, context, suggestions)));
  };
}

/** @param root - what messages call the value: the first part of every path */
export function findingOf(
  { instancePath, keyword, params, message, parentSchema }: ErrorObject,
  context: JsonObject,
  suggestions: Suggestions,
  root = 'context',
): Finding {
  const path = pathOf(instancePath, context, root);
  switch (keyword) {
    case 'required':
    case 'dependentRequired':
    case 'dependencies':
      return { path: keyPath(path, params.missingProperty as string), message: message!.replaceAll("'", '"') };
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const name = (params.additionalProperty ?? params.unevaluatedProperty) as string;
      const known = isPlainObject(parentSchema?.properties) ? Object.keys(parentSchema.properties) : [];
      const suggestion = suggestions.didYouMean(name, known);
      return { path: keyPath(path, name), message: `must not have the property ${quoted(name)}.${suggestion}` };
    }
    case 'enum':
      return {
        path,
        message: `must be one of ${(params.allowedValues as unknown[]).map((each) => JSON.stringify(each)).join(', ')}`,
      };
    case 'const':
      return { path, message: `must be ${JSON.stringify(params.allowedValue)}` };
    default:
      return { path, message: message ?? `violates ${keyword}` };
  }
}

/** A pointer such as `/items/0/sku` as `context.items[0].sku`. */
function pathOf(pointer: string, context: JsonObject, root: string): string {
  let path = root;
  let value: unknown = context;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    path = Array.isArray(value) ? `${path}[${key}]` : keyPath(path, key);
    value = (value as Record<string, unknown> | undefined)?.[key];
  }
  return path;
}

function distinct(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [JSON.stringify([finding.path, finding.message]), finding])).values()];
}
