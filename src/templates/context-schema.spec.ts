import type { JsonObject } from '../core/json.js';
import { compileContextSchema } from './context-schema.js';

const cart = compileContextSchema({
  type: 'object',
  required: ['cart_id'],
  additionalProperties: false,
  properties: {
    cart_id: { type: 'integer' },
    mode: { enum: ['fast', 'slow'], default: 'fast' },
    mail: { type: 'string', format: 'email' },
    'odd key': { const: 1 },
    items: {
      type: 'array',
      items: {
        type: 'object',
        required: ['sku'],
        properties: { sku: { type: 'string', minLength: 2 }, count: { default: 1 } },
      },
    },
  },
});

describe('compileContextSchema', () => {
  it('accepts anything without a schema', () => expect(compileContextSchema(null)({ a: 1 })).toEqual([]));

  it('fills in defaults', () => {
    const context: JsonObject = { cart_id: 1, items: [{ sku: 'ab' }] };
    expect(cart(context)).toEqual([]);
    expect(context).toEqual({ cart_id: 1, mode: 'fast', items: [{ sku: 'ab', count: 1 }] });
  });

  it.each<[fact: string, context: JsonObject, path: string, message: string]>([
    ['a wrong type', { cart_id: 'x' }, 'context.cart_id', 'must be integer'],
    ['a missing property', {}, 'context.cart_id', 'must have required property "cart_id"'],
    [
      'an unknown property',
      { cart_id: 1, mial: 'x' },
      'context.mial',
      'must not have the property "mial". Did you mean "mail"?',
    ],
    ['a word that is not one of a few', { cart_id: 1, mode: 'x' }, 'context.mode', 'must be one of "fast", "slow"'],
    ['a wrong format', { cart_id: 1, mail: 'x' }, 'context.mail', 'must match format "email"'],
    ['a property with a space', { cart_id: 1, 'odd key': 2 }, 'context["odd key"]', 'must be 1'],
    [
      'an item of a list',
      { cart_id: 1, items: [{ sku: 'ab' }, { sku: 'a' }] },
      'context.items[1].sku',
      'must NOT have fewer than 2 characters',
    ],
    [
      'a property missing in an item',
      { cart_id: 1, items: [{}] },
      'context.items[0].sku',
      'must have required property "sku"',
    ],
  ])('tells %s with its path', (_fact, context, path, message) => expect(cart(context)).toEqual([{ path, message }]));

  it('tells every violation', () => {
    expect(cart({ cart_id: 'x', mode: 1, items: [1, 2] }).map(({ path }) => path)).toEqual([
      'context.cart_id',
      'context.mode',
      'context.items[0]',
      'context.items[1]',
    ]);
  });

  it('does not take what every object has for a property', () => {
    expect(compileContextSchema({ required: ['toString'] })({})).toHaveLength(1);
  });

  it.each<[string, JsonObject, JsonObject, JsonObject]>([
    [
      'definitions of draft 7',
      {
        $schema: 'http://json-schema.org/draft-07/schema#',
        definitions: { id: { type: 'integer' } },
        properties: { a: { $ref: '#/definitions/id' } },
      },
      { a: 1 },
      { a: 'x' },
    ],
    [
      'an exclusive bound of draft 4',
      {
        $schema: 'http://json-schema.org/draft-04/schema#',
        id: 'cart',
        properties: { a: { minimum: 1, exclusiveMinimum: true } },
      },
      { a: 2 },
      { a: 1 },
    ],
    [
      'an inclusive bound of draft 4',
      { properties: { a: { maximum: 1, exclusiveMaximum: false } } },
      { a: 1 },
      { a: 2 },
    ],
    [
      'a tuple of draft 4',
      { properties: { a: { items: [{ type: 'string' }], additionalItems: false } } },
      { a: ['x'] },
      { a: ['x', 1] },
    ],
    [
      'the id of a whole schema, and an anchor, of draft 4',
      {
        $schema: 'http://json-schema.org/draft-04/schema#',
        id: 'https://example.com/cart',
        definitions: { count: { id: '#count', type: 'integer' } },
        properties: {
          a: { id: '/properties/a', $ref: '#count' },
          b: { $ref: 'https://example.com/cart#/definitions/count' },
          c: { items: { id: 'item', $ref: '#/definitions/count' } },
        },
      },
      { a: 1, b: 2, c: [3] },
      { a: 1, b: 2, c: ['x'] },
    ],
    [
      'required in a property, as draft 3 has it',
      { required: true, properties: { a: { required: true, type: 'integer' }, b: { required: false } } },
      { a: 1 },
      { b: 1 },
    ],
    [
      'required in a property beside a list of them',
      { required: ['b'], properties: { a: { properties: { c: { required: true } } }, b: {} } },
      { a: { c: 1 }, b: 1 },
      { a: {}, b: 1 },
    ],
    [
      'a property called required or id whose schema asks for nothing',
      { properties: { required: { enum: [true] }, id: { const: 'x' } } },
      { required: true, id: 'x' },
      { required: false, id: 'x' },
    ],
    ['dependencies of draft 7', { dependencies: { a: ['b'] } }, { a: 1, b: 1 }, { a: 1 }],
    [
      'a property called id, required or format',
      { properties: { id: { type: 'integer' }, required: { type: 'string' }, format: { type: 'string' } } },
      { id: 1, required: 'x' },
      { id: 'x' },
    ],
    [
      'unknown annotations',
      { example: { a: 1 }, properties: { a: { type: 'integer', 'x-label': 'A' } } },
      { a: 1 },
      { a: 'x' },
    ],
    [
      'a schema that holds itself',
      { properties: { a: { $ref: '#' }, n: { type: 'integer' } } },
      { a: { a: { n: 1 } } },
      { a: { a: { n: 'x' } } },
    ],
  ])('understands %s', (_fact, schema, good, bad) => {
    const check = compileContextSchema(schema);
    expect(check(good)).toEqual([]);
    expect(check(bad)).toHaveLength(1);
  });

  it('keeps schemas with one $id apart', () => {
    const schema = (type: string): JsonObject => ({ $id: 'https://example.com/cart', properties: { a: { type } } });
    expect(compileContextSchema(schema('integer'))({ a: 1 })).toEqual([]);
    expect(compileContextSchema(schema('string'))({ a: 1 })).toHaveLength(1);
  });

  it('fills in defaults of every draft, but none where another schema may apply', () => {
    const context: JsonObject = { order: {}, lines: [{}] };
    const check = compileContextSchema({
      $schema: 'http://json-schema.org/draft-04/schema#',
      definitions: {
        line: { properties: { count: { type: 'integer', default: 1, minimum: 0, exclusiveMinimum: true } } },
      },
      properties: {
        order: { properties: { currency: { default: 'EUR' }, notes: { default: [] } } },
        lines: { items: { $ref: '#/definitions/line' } },
        mode: { type: 'string', default: 'fast' },
      },
      anyOf: [{ properties: { unsaid: { default: true } } }],
    });
    expect(check(context)).toEqual([]);
    expect(context).toEqual({ order: { currency: 'EUR', notes: [] }, lines: [{ count: 1 }], mode: 'fast' });
  });

  it('throws for a schema that cannot be compiled', () => {
    expect(() => compileContextSchema({ $ref: 'https://example.com/a' })).toThrow(
      expect.objectContaining({ code: 'template_invalid' }),
    );
  });
});
