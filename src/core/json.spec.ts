import fc from 'fast-check';
import { canonicalJson, findNul, isPlainObject, storableJson, storableText } from './json.js';

const json = fc.jsonValue();

/** The same value with the keys of its objects the other way round. */
const turned = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, turned(inner)] as const);
  return Object.fromEntries(entries.reverse());
};

describe('canonicalJson', () => {
  it('is the same for the same value, in whatever order its keys come', () => {
    fc.assert(fc.property(json, (value) => expect(canonicalJson(turned(value))).toBe(canonicalJson(value))));
  });

  it('says the same as JSON does', () => {
    fc.assert(
      fc.property(json, (value) => expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))),
    );
  });

  it('is the text of RFC 8785', () => {
    const value = {
      '\u20ac': 'Euro Sign',
      '\r': 'CR',
      '1': 'One',
      '\ud83d\ude00': 'Smile',
      a: [56, { d: true, 10: null }],
    };
    expect(canonicalJson(value)).toBe(
      '{"\\r":"CR","1":"One","a":[56,{"10":null,"d":true}],"\u20ac":"Euro Sign","\ud83d\ude00":"Smile"}',
    );
  });

  it('keeps a key named __proto__', () => {
    const value: unknown = JSON.parse('{"b":1,"__proto__":{"a":1}}');
    expect(JSON.parse(canonicalJson(value))).toEqual(value);
    expect(canonicalJson(value)).toContain('__proto__');
  });
});

describe('storableText', () => {
  it('leaves what can be stored', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) =>
        expect(storableText(text)).toBe(text.replaceAll('\0', '\uFFFD')),
      ),
    );
  });

  it('has no NUL and no half of a surrogate pair', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', '\0', '\uD83D', '\uDE00', '\u{1F600}')), (parts) => {
        const text = storableText(parts.join(''));
        expect(text).not.toMatch(/\0|\p{Surrogate}/u);
        expect(text.length).toBe(parts.join('').length);
      }),
    );
  });
});

describe('storableJson', () => {
  it('replaces the same in strings and keys, and nothing else', () => {
    const odd = fc
      .array(fc.constantFrom('\\', '"', 'u0000', '\0', '\n', '\uD83D', '\uDE00', '\u{1F600}'))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(odd, odd, (key, text) => {
        const stored: unknown = JSON.parse(storableJson(JSON.stringify({ [key]: [text] })));
        expect(stored).toEqual({ [storableText(key)]: [storableText(text)] });
      }),
    );
  });
});

describe('findNul', () => {
  it('finds the first NUL by its path, in values and keys', () => {
    expect(findNul({ a: 1, b: { c: ['x', 'y\0'] } })).toBe('b.c.1');
    expect(findNul({ a: { 'k\0': 1 } })).toBe('a');
    expect(findNul('\0')).toBe('');
    expect(findNul({ a: ['x', null, 1, true] })).toBeNull();
  });
});

describe('isPlainObject', () => {
  it.each([
    [{}, true],
    [Object.create(null), true],
    [structuredClone({ ofAnotherRealm: 'in Jest' }), true],
    [[], false],
    [null, false],
    [new Date(), false],
    [new (class A {})(), false],
    ['text', false],
  ])('of %p is %p', (value, expected) => {
    expect(isPlainObject(value)).toBe(expected);
  });
});
