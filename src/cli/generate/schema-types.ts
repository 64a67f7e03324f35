import type { Json, JsonObject } from '../../index.js';
import { isMap, valueAt } from './json-map.js';
import { byCode, comment, keyText, type TypeNames } from './type-names.js';
import { block, grouped, intersectionOf, listOf, NEVER, UNKNOWN, unionOf, valueType, word } from './type-text.js';
import type { TypeText } from './type-text.js';

const SIMPLE: Record<string, TypeText> = {
  string: word('string'),
  number: word('number'),
  integer: word('number'),
  boolean: word('boolean'),
  null: word('null'),
};

/**
 * TypeScript types for a JSON Schema. Understood are types, objects, lists, enum, const, combinations and `$ref` inside
 * the schema; what only narrows values (`pattern`, `minimum`, `if`, `not`, …) leaves the type as wide as it is without.
 */
export class SchemaTypes {
  private readonly names = new Map<string, string>();
  private readonly referred: string[] = [];

  /** @param rootName - what the schema's own type is called; those of its parts begin with it */
  constructor(
    private readonly root: JsonObject,
    private readonly rootName: string,
    private readonly typeNames: TypeNames,
  ) {
    this.names.set('#', rootName);
  }

  /** The schema's own declaration, then those of the parts that it refers to. */
  declarations(): string[] {
    const { text, form } = this.typeOf(this.root);
    const own =
      form === 'block' ? `export interface ${this.rootName} ${text}` : `export type ${this.rootName} = ${text};`;
    return [own, ...this.referred];
  }

  private typeOf(schema: Json | undefined): TypeText {
    if (schema === false) return NEVER;
    if (!isMap(schema)) return UNKNOWN;
    const { $ref: reference } = schema;
    return typeof reference === 'string'
      ? intersectionOf([this.reference(reference), this.ownType(schema)])
      : this.ownType(schema);
  }

  private ownType(schema: JsonObject): TypeText {
    if (schema.const !== undefined) return valueType(schema.const);
    if (Array.isArray(schema.enum)) return unionOf(schema.enum.map(valueType));
    const choices = [schema.anyOf, schema.oneOf].filter((each) => Array.isArray(each));
    return intersectionOf([
      this.byType(schema),
      ...choices.map((each) => unionOf(each.map((choice) => this.typeOf(choice)))),
      ...(Array.isArray(schema.allOf) ? schema.allOf.map((each) => this.typeOf(each)) : []),
    ]);
  }

  private byType(schema: JsonObject): TypeText {
    const { type } = schema;
    if (Array.isArray(type)) return unionOf(type.map((each) => this.byType({ ...schema, type: each })));
    if (type === 'object' || (type === undefined && (schema.properties ?? schema.additionalProperties))) {
      return this.objectType(schema);
    }
    if (type === 'array' || (type === undefined && (schema.items ?? schema.prefixItems))) return this.listType(schema);
    return (typeof type === 'string' && SIMPLE[type]) || UNKNOWN;
  }

  private objectType(schema: JsonObject): TypeText {
    const fields = this.fields(schema);
    const { additionalProperties: others } = schema;
    const open = others === true || isMap(schema.patternProperties);
    const rest = open ? UNKNOWN : isMap(others) ? this.typeOf(others) : null;
    const index = `[key: string]: ${(rest ?? (others === false ? NEVER : UNKNOWN)).text};`;
    if (fields.length === 0) return block([index]);
    if (rest === null) return block(fields);
    // a named property need not be of the type of further ones
    return rest === UNKNOWN ? block([...fields, index]) : intersectionOf([block(fields), block([index])]);
  }

  private fields(schema: JsonObject): string[] {
    const properties = isMap(schema.properties) ? schema.properties : {};
    const required = new Set(Array.isArray(schema.required) ? schema.required.map(String) : []);
    return [...new Set([...Object.keys(properties), ...required])].sort(byCode).map((name) => {
      const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
      const { default: given, description } = isMap(property) ? property : {};
      // a default is written into the context when the task is created
      const always = required.has(name) || given !== undefined;
      const about = typeof description === 'string' ? `${comment(description)}\n` : '';
      return `${about}${keyText(name)}${always ? '' : '?'}: ${this.typeOf(property).text};`;
    });
  }

  /** A tuple where the first items have schemas of their own: in draft 2020-12, and in those before it. */
  private listType({ items, prefixItems, additionalItems, minItems }: JsonObject): TypeText {
    const first = Array.isArray(prefixItems) ? prefixItems : Array.isArray(items) ? items : null;
    if (first === null) return listOf(this.typeOf(items));
    const further = Array.isArray(items) ? additionalItems : items;
    const least = typeof minItems === 'number' ? minItems : 0;
    const places = first.map((each, n) => `${grouped(this.typeOf(each))}${n < least ? '' : '?'}`);
    const rest = further === false ? [] : [`...${listOf(this.typeOf(further)).text}`];
    return word(`[${[...places, ...rest].join(', ')}]`);
  }

  private reference(pointer: string): TypeText {
    const known = this.names.get(pointer);
    if (known !== undefined) return word(known);
    const target = pointer.startsWith('#/') ? valueAt(this.root, pointer) : undefined;
    if (target === undefined) return word(`unknown ${comment(`$ref ${pointer}`)}`);
    const name = this.typeNames.give(this.rootName, pointer.split('/').at(-1)!);
    this.names.set(pointer, name);
    const place = this.referred.push('') - 1;
    this.referred[place] = `export type ${name} = ${this.typeOf(target).text};`;
    return word(name);
  }
}
