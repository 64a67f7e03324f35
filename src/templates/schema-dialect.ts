import { isPlainObject } from '../core/json.js';
import type { Json, JsonObject } from '../core/json.js';

/** Keywords whose value is a schema, or a list of them. */
const SCHEMAS = new Set([
  ...['not', 'if', 'then', 'else', 'items', 'additionalItems', 'contains', 'propertyNames', 'additionalProperties'],
  ...['unevaluatedItems', 'unevaluatedProperties', 'prefixItems', 'allOf', 'anyOf', 'oneOf'],
]);
/** Keywords whose value is a map of schemas. */
const SCHEMA_MAPS = new Set([
  'properties',
  'patternProperties',
  'definitions',
  '$defs',
  'dependentSchemas',
  'dependencies',
]);

const KNOWN_DRAFT = /^https?:\/\/json-schema\.org\/(draft-0[4-7]\/|draft\/20(19-09|20-12)\/)?schema#?$/;

/** Whether a `$schema` names a draft whose idioms are understood. */
export const isKnownDraft = (uri: unknown): boolean => typeof uri === 'string' && KNOWN_DRAFT.test(uri);

/**
 * The schema in draft 2020-12. Understood are the idioms of older drafts: `exclusiveMinimum: true`, lists in `items`
 * with `additionalItems`, `id`, and `required: true` in a property.
 */
export function modernSchema(schema: JsonObject): JsonObject {
  const { $schema, ...rest } = schema;
  const { id, ...current } = modern(isKnownDraft($schema) ? rest : schema) as JsonObject;
  // what refers to the whole schema by its id finds it
  return typeof id === 'string' && !id.startsWith('#') && current.$id === undefined ? { $id: id, ...current } : current;
}

function modern(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(modern);
  if (!isPlainObject(schema)) return schema;
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) {
    if (SCHEMAS.has(key)) result[key] = withoutId(modern(value));
    else if (SCHEMA_MAPS.has(key) && isPlainObject(value)) {
      result[key] = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, modernUnlessNames(inner)]));
    } else result[key] = value;
  }
  modernId(result);
  modernRequired(result, schema);
  modernBound(result, 'minimum', 'exclusiveMinimum');
  modernBound(result, 'maximum', 'exclusiveMaximum');
  modernItems(result);
  return result;
}

/** A name such as `#cart` is an anchor. Other ids are of the whole schema, or would only move what `$ref`s are relative to. */
function modernId(schema: JsonObject): void {
  const { id } = schema;
  if (typeof id !== 'string' || !/^#[A-Za-z_][\w.-]*$/.test(id)) return;
  schema.$anchor ??= id.slice(1);
  delete schema.id;
}

/** Properties that say of themselves whether they are required. */
function modernRequired(schema: JsonObject, { properties }: JsonObject): void {
  if (typeof schema.required === 'boolean') delete schema.required;
  const saying = isPlainObject(properties) ? Object.entries(properties) : [];
  const names = saying.flatMap(([name, inner]) => (isPlainObject(inner) && inner.required === true ? [name] : []));
  if (names.length === 0) return;
  const others = Array.isArray(schema.required) ? schema.required : [];
  schema.required = [...new Set([...others, ...names])];
}

/** `dependencies` may hold lists of names beside schemas. */
const modernUnlessNames = (inner: Json): Json => (Array.isArray(inner) ? inner : withoutId(modern(inner)));

function withoutId(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(withoutId);
  if (!isPlainObject(schema) || typeof schema.id !== 'string') return schema;
  return Object.fromEntries(Object.entries(schema).filter(([key]) => key !== 'id'));
}

function modernBound(schema: JsonObject, bound: string, exclusive: string): void {
  if (typeof schema[exclusive] !== 'boolean') return;
  if (schema[exclusive] && typeof schema[bound] === 'number') {
    schema[exclusive] = schema[bound];
    delete schema[bound];
  } else delete schema[exclusive];
}

function modernItems(schema: JsonObject): void {
  if (!Array.isArray(schema.items) || schema.prefixItems !== undefined) return;
  schema.prefixItems = schema.items;
  delete schema.items;
  if (schema.additionalItems !== undefined) schema.items = schema.additionalItems;
  delete schema.additionalItems;
}

/** Every text that the schema, or one inside it, gives for a keyword, with the JSON pointer to it. */
export function valuesOf(schema: Json, keyword: string, pointer = ''): { pointer: string; value: string }[] {
  if (!isPlainObject(schema)) return [];
  return Object.entries(schema).flatMap(([key, value]) => {
    const at = `${pointer}/${escaped(key)}`;
    if (key === keyword && typeof value === 'string') return [{ pointer: at, value }];
    if (SCHEMAS.has(key)) {
      return Array.isArray(value)
        ? value.flatMap((each, n) => valuesOf(each, keyword, `${at}/${n}`))
        : valuesOf(value, keyword, at);
    }
    if (!SCHEMA_MAPS.has(key) || !isPlainObject(value)) return [];
    return Object.entries(value).flatMap(([name, inner]) => valuesOf(inner, keyword, `${at}/${escaped(name)}`));
  });
}

const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');
