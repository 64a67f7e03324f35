import fc from 'fast-check';
import { joined, nameOf } from './name.js';

describe('nameOf', () => {
  it.each(['chargeCard', 'ChargeCard', 'charge-card', 'charge_card', 'CHARGE_CARD', 'charge card'])(
    'reads %s in every spelling',
    (text) => {
      expect(nameOf(text, 'The name')).toEqual({
        dashed: 'charge-card',
        snake: 'charge_card',
        pascal: 'ChargeCard',
        camel: 'chargeCard',
      });
    },
  );

  it('keeps an abbreviation together', () => {
    expect(nameOf('HTTPCall', 'The name').dashed).toBe('http-call');
    expect(nameOf('step2B', 'The name').dashed).toBe('step2-b');
  });

  it.each(['', ' ', '9lives', '-a', 'a-', 'a--', 'a.b', 'é', 'a;b', '__proto__', 'a'.repeat(101)])(
    'refuses %j',
    (text) => expect(() => nameOf(text, 'The name')).toThrow(/^The name "/),
  );

  it('gives what reads back as the same name', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9]{1,8}$/);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
        const name = nameOf(words.join('-'), 'The name');
        expect(nameOf(name.snake, 'The name')).toEqual(name);
        expect(nameOf(name.pascal, 'The name')).toEqual(name);
      }),
    );
  });

  it('joins names', () => {
    expect(joined(nameOf('payments', 'One'), nameOf('processRefund', 'Other')).pascal).toBe('PaymentsProcessRefund');
  });
});
