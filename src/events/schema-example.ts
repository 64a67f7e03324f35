import type { Json, JsonObject } from '../core/json.js';

/** Deep enough for any schema that a person writes; one that refers to itself ends here. */
const MAX_DEPTH = 12;

const FORMATS: Record<string, string> = {
  'date-time': '2026-01-31T09:30:00.000Z',
  date: '2026-01-31',
  time: '09:30:00Z',
  duration: 'PT1H',
  email: 'someone@example.com',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/',
  'uri-reference': '/order/17',
  uuid: '01890a5d-ac96-774b-bcce-b302099a8057',
};

/** A value that a schema allows, made of its examples, defaults and bounds. What a `pattern` asks for is not guessed. */
export const exampleOf = (schema: JsonObject): Json => valueOf(schema, schema, 0);

function valueOf(schema: Json | undefined, root: JsonObject, depth: number): Json {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema) || depth > MAX_DEPTH) return null;
  const whole = joined(schema, root, depth);
  if (whole.const !== undefined) return whole.const;
  const given = [whole.default, ...listOf(whole.examples), ...listOf(whole.enum)].find((each) => each !== undefined);
  if (given !== undefined) return given;
  switch (typeOf(whole)) {
    case 'object':
      return objectOf(whole, root, depth);
    case 'array':
      return arrayOf(whole, root, depth);
    case 'string':
      return stringOf(whole);
    case 'integer':
      return Math.ceil(numberOf(whole));
    case 'number':
      return numberOf(whole);
    case 'boolean':
      return true;
    case undefined:
    default:
      return null;
  }
}

/** A schema with what it refers to, with all that it must satisfy, and with the first of its alternatives. */
function joined(schema: JsonObject, root: JsonObject, depth: number): JsonObject {
  const parts = [target(schema.$ref, root), ...listOf(schema.allOf), listOf(schema.anyOf)[0], listOf(schema.oneOf)[0]];
  return parts.reduce<JsonObject>((whole, part) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part) || depth > MAX_DEPTH) return whole;
    const more = joined(part, root, depth + 1);
    return {
      ...more,
      ...whole,
      properties: { ...(more.properties as JsonObject | undefined), ...(whole.properties as JsonObject | undefined) },
      required: [...new Set([...listOf(more.required), ...listOf(whole.required)])],
    };
  }, schema);
}

function typeOf(schema: JsonObject): string | undefined {
  const [type] = Array.isArray(schema.type) ? schema.type : [schema.type];
  if (typeof type === 'string') return type;
  if (Object.keys((schema.properties as object | undefined) ?? {}).length > 0 || schema.required) return 'object';
  return schema.items === undefined ? undefined : 'array';
}

function objectOf({ properties = {}, required }: JsonObject, root: JsonObject, depth: number): JsonObject {
  const names = [...new Set([...Object.keys(properties as JsonObject), ...(listOf(required) as string[])])];
  const isCut = depth >= MAX_DEPTH / 2;
  const shown = isCut ? names.filter((name) => listOf(required).includes(name)) : names;
  return Object.fromEntries(shown.map((name) => [name, valueOf((properties as JsonObject)[name], root, depth + 1)]));
}

function arrayOf({ items, minItems = 1 }: JsonObject, root: JsonObject, depth: number): Json[] {
  const length = Math.min(Number(minItems), 10);
  return Array.from({ length }, () => valueOf(items, root, depth + 1));
}

function stringOf({ format, minLength = 0, maxLength = Infinity }: JsonObject): string {
  const text = (typeof format === 'string' && FORMATS[format]) || 'text';
  return typeof format === 'string' ? text : text.padEnd(Number(minLength), 'x').slice(0, Number(maxLength));
}

function numberOf(schema: JsonObject): number {
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum, multipleOf } = schema as Record<string, number>;
  const step = multipleOf ?? 1;
  const least = Math.max(minimum ?? -Infinity, exclusiveMinimum === undefined ? -Infinity : exclusiveMinimum + step);
  const most = Math.min(maximum ?? Infinity, exclusiveMaximum === undefined ? Infinity : exclusiveMaximum - step);
  const near = Math.min(Math.max(step, least), most);
  return multipleOf === undefined ? near : Math.ceil(near / multipleOf) * multipleOf;
}

function target(ref: Json | undefined, root: JsonObject): Json | undefined {
  if (typeof ref !== 'string' || !ref.startsWith('#/')) return undefined;
  return ref
    .slice(2)
    .split('/')
    .map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<Json | undefined>((found, key) => (found as JsonObject | undefined)?.[key], root);
}

const listOf = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);
