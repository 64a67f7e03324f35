import { jsonFindings } from './context-shape.js';

const nested = (depth: number): unknown => (depth === 0 ? 'deep' : { a: nested(depth - 1) });
const paths = (value: unknown): string[] => jsonFindings(value, 'context').map(({ path }) => path);

describe('jsonFindings', () => {
  it('finds nothing in JSON', () => {
    expect(paths({ a: [1, 'ü', null, true, { b: 1.5e300 }], '': {}, __proto: 1 })).toEqual([]);
  });

  it('takes an undefined property for an absent one, as JSON.stringify does', () => {
    expect(paths({ a: undefined })).toEqual([]);
  });

  it('tells everything at once, each with its path', () => {
    const value = { a: ['\u0000', Infinity], 'b c': '\ud800', 'k\u0000': 1, d: new Date(), e: 1n, f: [undefined] };
    expect(paths(value)).toEqual([
      'context.a[0]',
      'context.a[1]',
      'context["b c"]',
      'context["k\\u0000"]',
      'context.d',
      'context.e',
      'context.f[0]',
    ]);
  });

  it('allows 100 levels and not one more', () => {
    expect(paths(nested(100))).toEqual([]);
    expect(jsonFindings(nested(101), 'context')[0]!.message).toContain('nested deeper than 100 levels');
  });

  it('ends at a value that holds itself', () => {
    const value: Record<string, unknown> = {};
    value.self = value;
    expect(paths(value)).toHaveLength(1);
  });

  it('finds holes in lists, and half surrogate pairs in keys', () => {
    // eslint-disable-next-line no-sparse-arrays
    expect(paths({ list: [1, , 2], '\udc00': 1 })).toHaveLength(2);
  });

  it('stops at a hundred findings', () => {
    expect(paths({ list: Array.from({ length: 1000 }, () => NaN) })).toHaveLength(100);
  });
});
