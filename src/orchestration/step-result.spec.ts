import fc from 'fast-check';
import { serializeResult } from './step-result.js';

const MOST = 1_048_576;

describe('serializeResult', () => {
  it('stores nothing as null', () => {
    expect(serializeResult(undefined, MOST)).toBe('null');
    expect(serializeResult(null, MOST)).toBe('null');
  });

  it('is the JSON of any plain data', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => expect(serializeResult(value, MOST)).toBe(JSON.stringify(value))));
  });

  it('counts bytes, not characters', () => {
    expect(serializeResult('\u20AC'.repeat(10), 32)).toHaveLength(12);
    expect(() => serializeResult('\u20AC'.repeat(10), 31)).toThrow(/is 32 bytes of JSON; at most 31/);
  });

  it.each([
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a bigint', 1n],
    ['what toJSON leaves undefined', { toJSON: () => undefined }],
  ])('refuses %s for good', (_what, value) => {
    expect(() => serializeResult(value, MOST)).toThrow(
      expect.objectContaining({ retryable: false, errorCode: 'RESULT_NOT_JSON' }),
    );
  });
});
