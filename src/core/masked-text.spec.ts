import { maskedText } from './masked-text.js';

describe('maskedText', () => {
  it.each([
    ['login with password=hunter2 failed', 'login with password=*** failed'],
    ['{"token": "abc def", "cart": 1}', '{"token": ***, "cart": 1}'],
    ['Authorization: Bearer abc.def was refused', 'Authorization: *** was refused'],
    ['GET /x?api_key=1&cart=2', 'GET /x?api_key=***&cart=2'],
    ['X-Api-Key: 77, retry later', 'X-Api-Key: ***, retry later'],
    ['Missing key: cart_id', 'Missing key: cart_id'],
    ['no such token', 'no such token'],
  ])('makes of %j %j', (text, shown) => expect(maskedText(text)).toBe(shown));

  it('hides what further names stand before', () => {
    expect(maskedText('iban: DE1 and cart: 2', ['iban'])).toBe('iban: *** and cart: 2');
  });
});
