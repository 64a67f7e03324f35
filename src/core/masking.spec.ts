import fc from 'fast-check';
import type { Json } from './json.js';
import { masked } from './masking.js';

describe('masked', () => {
  it('hides the named fields at any depth, whatever they hold', () => {
    const context = { card: { number: '4111', cvv: 123 }, items: [{ Token: { a: 1 } }, 'token'], total: 5 };

    expect(masked(context, ['number', 'CVV', 'token'])).toEqual({
      card: { number: '***', cvv: '***' },
      items: [{ Token: '***' }, 'token'],
      total: 5,
    });
  });

  it('leaves everything else as it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(masked(value as Json, [])).toBe(value);
        expect(masked(value as Json, ['a field that no value has'])).toEqual(value);
      }),
    );
  });
});
