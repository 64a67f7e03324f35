import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import type { JsonObject } from '../core/json.js';
import { customEvent, keysLost } from './custom-event.js';
import { EventCatalog } from './event-catalog.js';
import { customNameProblem } from './event-name.js';

const ajv = addFormats(new Ajv2020({ strict: false }));

const FACTS = {
  task_id: '01890a5d-ac96-774b-bcce-b302099a8057',
  task_name: 'order',
  namespace: 'shop',
  version: '1.0.0',
  correlation_id: 'c',
  step_id: '01890a5d-ac96-774b-bcce-b302099a8057',
  step_name: 'place',
  attempt: 1,
  retry_limit: 3,
};
const AT = new Date('2026-01-31T09:30:00.000Z');

const declared = (payloadSchema: JsonObject | null, firedBy = ['place']) => ({
  name: 'order.placed',
  description: null,
  payloadSchema,
  firedBy,
});

function catalogWith(...schemas: (JsonObject | null)[]): EventCatalog {
  const catalog = new EventCatalog();
  catalog.declare(
    schemas.map((schema) => declared(schema)),
    'template',
  );
  return catalog;
}

const accepts = (catalog: EventCatalog, payload: object): boolean =>
  ajv.validate(
    { ...catalog.eventInfo('order.placed').payload_schema, $id: undefined },
    JSON.parse(JSON.stringify(customEvent('order.placed', AT, FACTS, { ...payload }))),
  );

const ORDER: JsonObject = {
  type: 'object',
  required: ['order_id'],
  properties: { order_id: { $ref: '#/$defs/id' }, task_id: { type: 'integer' } },
  additionalProperties: false,
  maxProperties: 2,
  $defs: { id: { type: 'integer' } },
};

describe('an event of the application', () => {
  it('comes with the facts of its step, under a schema of both', () => {
    const catalog = catalogWith(ORDER);
    expect(accepts(catalog, { order_id: 17 })).toBe(true);
    expect(accepts(catalog, { order_id: 17, task_id: 5 })).toBe(true);
    expect(accepts(catalog, { order_id: '17' })).toBe(false);
    expect(accepts(catalog, { order_id: 17, other: 1 })).toBe(false);
    expect(accepts(catalog, {})).toBe(false);
    expect(catalog.eventInfo('order.placed').example_payload).toMatchObject({ event: 'order.placed', order_id: 1 });
  });

  it('may come in each form in which versions of a template declare it', () => {
    const catalog = catalogWith(ORDER, { ...ORDER, $defs: { id: { type: 'string' } } }, ORDER);
    expect(accepts(catalog, { order_id: 17 })).toBe(true);
    expect(accepts(catalog, { order_id: 'n-17' })).toBe(true);
    expect(accepts(catalog, { order_id: true })).toBe(false);
    expect(catalog.eventInfo('order_placed').fired_by).toEqual(['place']);
  });

  it('may hold anything where nothing is said', () => {
    expect(accepts(catalogWith(null), { any: [1, { thing: null }] })).toBe(true);
  });

  it('lets the facts stand where its payload has their keys', () => {
    const payload = { timestamp: 'mine', attempt: 7, order_id: 17 };
    expect(customEvent('order.placed', AT, FACTS, payload)).toEqual({
      ...FACTS,
      event: 'order.placed',
      timestamp: AT.toISOString(),
      order_id: 17,
    });
    expect(keysLost(payload)).toEqual(['timestamp', 'attempt']);
  });

  it.each(['order.placed', 'Order.Placed', 'a.b-c.d_1', 'tasks.done', 'stepping.stone'])('may be called %s', (name) =>
    expect(customNameProblem(name)).toBeNull(),
  );

  it.each([
    'placed',
    '.placed',
    'order.',
    'order..placed',
    '1.a',
    'order placed.x',
    'task.mine',
    'alert.x',
    'a.' + 'b'.repeat(255),
    '',
  ])('may not be called "%.20s"', (name) => expect(customNameProblem(name)).not.toBeNull());

  it('has an example that its schema allows', () => {
    const leaf = fc.oneof(
      fc.record({ type: fc.constant('integer'), minimum: fc.integer({ min: -50, max: 50 }) }),
      fc.record({ type: fc.constant('number'), exclusiveMaximum: fc.integer({ min: -50, max: 50 }) }),
      fc.record({ type: fc.constant('integer'), multipleOf: fc.integer({ min: 1, max: 9 }), minimum: fc.nat(90) }),
      fc.record({ type: fc.constant('string'), minLength: fc.nat(20) }),
      fc.record({ type: fc.constant('string'), maxLength: fc.nat(3) }),
      fc.record({ type: fc.constant('string'), format: fc.constantFrom('uuid', 'email', 'date-time', 'uri', 'ipv4') }),
      fc.record({ enum: fc.array(fc.oneof(fc.string(), fc.integer()), { minLength: 1, maxLength: 3 }) }),
      fc.record({ const: fc.jsonValue() }),
      fc.constant({ type: ['boolean', 'null'] }),
      fc.constant({ $ref: '#/$defs/money' }),
    );
    const { schema } = fc.letrec((tie) => ({
      schema: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc.record({ type: fc.constant('array'), items: tie('schema'), minItems: fc.nat(3) }),
        fc.record({ anyOf: fc.array(tie('schema'), { minLength: 1, maxLength: 2 }) }),
        fc.record({
          type: fc.constant('object'),
          properties: fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('schema')),
          required: fc.subarray(['a', 'b']),
        }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('x', 'y', 'attempt'), schema), (properties) => {
        const money = { type: 'object', required: ['cents'], properties: { cents: { type: 'integer' } } };
        const whole = { type: 'object', properties, required: ['x'], $defs: { money } } as unknown as JsonObject;
        const { payload_schema, example_payload } = catalogWith(whole).eventInfo('order.placed');
        expect([ajv.validate(payload_schema, example_payload), ajv.errors]).toEqual([true, null]);
      }),
      { numRuns: 100 },
    );
  });

  it('has an example though its schema refers to itself', () => {
    const tree: JsonObject = {
      type: 'object',
      required: ['node'],
      properties: { node: { $ref: '#/$defs/node' }, round: { $ref: '#/$defs/round' } },
      $defs: {
        node: { type: 'object', properties: { left: { $ref: '#/$defs/node' }, right: { $ref: '#/$defs/node' } } },
        round: { $ref: '#/$defs/round' },
      },
    };
    const { example_payload } = catalogWith(tree).eventInfo('order.placed');
    expect(JSON.stringify(example_payload).length).toBeLessThan(5_000);
  });
});
