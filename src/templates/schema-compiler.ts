import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import type { JsonObject } from '../core/json.js';
import { didYouMean } from '../core/suggest.js';
import { isKnownDraft, modernSchema, valuesOf } from './schema-dialect.js';

/** What is wrong with a schema, at a JSON pointer into it. */
export interface SchemaProblem {
  pointer: string;
  message: string;
}

/** Draft 2020-12 itself, compiled once, against which schemas are checked. */
const draft = addFormats(new Ajv2020({ allErrors: true, strict: false, logger: false }));

/**
 * Everything that keeps the schema from being compiled.
 *
 * @param known - schemas, as JSON, that were asked about already: of these there is nothing new to say
 */
export function schemaProblems(schema: JsonObject, known = new Set<string>()): SchemaProblem[] {
  if (known.size === known.add(JSON.stringify(schema)).size) return [];
  const result = compileSchema(schema);
  return Array.isArray(result) ? result : [];
}

/** The check that a schema stands for, or everything that keeps it from being compiled. */
export function compileSchema(schema: JsonObject): ValidateFunction | SchemaProblem[] {
  if (schema.$schema !== undefined && !isKnownDraft(schema.$schema)) {
    const message = '$schema must name JSON Schema draft 2020-12, 2019-09, or 4 to 7: correct or remove it';
    return [{ pointer: '/$schema', message }];
  }
  try {
    const current = modernSchema(schema);
    if (draft.validateSchema(current) !== true) return invalid(draft.errors ?? []);
    // Asked first, because the compiler names neither the place nor more than one of them.
    const problems = [...unknownFormats(schema), ...badPatterns(schema)];
    return problems.length > 0 ? problems : compilerFor().compile(current);
  } catch (error) {
    return [compileProblem(error as Error & { missingRef?: string }, schema)];
  }
}

/** One for each schema: the ids of one must not meet those of another. */
const compilerFor = (): Ajv2020 =>
  addFormats(
    new Ajv2020({
      allErrors: true,
      strict: false,
      useDefaults: true,
      ownProperties: true,
      verbose: true,
      meta: false,
      validateSchema: false,
      logger: false,
    }),
  );

function invalid(errors: readonly ErrorObject[]): SchemaProblem[] {
  const causes = errors.filter(({ keyword }) => !SUMMARIES.has(keyword));
  // A word that is not one of a list is not to be told that it is no list either.
  const exact = new Set(causes.filter(({ keyword }) => keyword !== 'type').map(({ instancePath }) => instancePath));
  return causes
    .filter(({ keyword, instancePath }) => keyword !== 'type' || !exact.has(instancePath))
    .map(({ instancePath, keyword, message, params }) => {
      const known = keyword === 'enum' ? `must be one of ${(params.allowedValues as unknown[]).join(', ')}` : message;
      return { pointer: instancePath, message: `the schema is invalid: ${instancePath.slice(1)} ${known}` };
    });
}

/** Alternatives that all failed say less than each of their failures. */
const SUMMARIES = new Set(['anyOf', 'allOf', '$ref', '$dynamicRef', 'if']);

function unknownFormats(schema: JsonObject): SchemaProblem[] {
  const known = Object.keys(draft.formats);
  return valuesOf(schema, 'format')
    .filter(({ value }) => !known.includes(value))
    .map(({ pointer, value }) => ({
      pointer,
      message: `the schema asks for the unknown format "${value}".${didYouMean(value, known) || ' Use a pattern'}`,
    }));
}

function badPatterns(schema: JsonObject): SchemaProblem[] {
  return valuesOf(schema, 'pattern').flatMap(({ pointer, value }) => {
    try {
      new RegExp(value, 'u');
      return [];
    } catch (error) {
      return [{ pointer, message: `the schema cannot be compiled: ${(error as Error).message}` }];
    }
  });
}

function compileProblem({ missingRef, message }: Error & { missingRef?: string }, schema: JsonObject): SchemaProblem {
  if (missingRef === undefined) return { pointer: '', message: `the schema cannot be compiled: ${message}` };
  return {
    pointer: valuesOf(schema, '$ref').find(({ value }) => value === missingRef)?.pointer ?? '',
    message: `the schema refers to "${missingRef}", which it does not hold: put it in $defs (nothing is loaded from elsewhere)`,
  };
}
