import fc from 'fast-check';
import { retryAfterMs } from './retry-after.js';

const NOW = Date.UTC(2026, 0, 1);

describe('retryAfterMs', () => {
  it.each<[string, string | number | Date, number]>([
    ['seconds as a number', 5, 5_000],
    ['parts of a second', 0.25, 250],
    ['zero', 0, 0],
    ['seconds as a header', '120', 120_000],
    ['seconds as a header with white space', ' 7 ', 7_000],
    ['parts of a second as a header', '1.5', 1_500],
    ['an HTTP date', 'Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['an HTTP date of RFC 850', 'Thursday, 01-Jan-26 00:01:00 GMT', 60_000],
    ['an HTTP date of asctime', 'Thu Jan  1 00:01:00 2026 GMT', 60_000],
    ['an ISO date', '2026-01-01T00:00:02.500Z', 2_500],
    ['a Date', new Date(NOW + 1_234), 1_234],
    ['a date that has passed', 'Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['a Date that has passed', new Date(0), 0],
  ])('understands %s', (_what, value, expected) => {
    expect(retryAfterMs(value, NOW)).toBe(expected);
  });

  it.each([
    null,
    undefined,
    '',
    '  ',
    'soon',
    '-5',
    '+5',
    '5,5',
    '1e3',
    '0x10',
    '12 34',
    -1,
    NaN,
    Infinity,
    new Date('no'),
    true,
    {},
    [],
    [5],
    5n,
    Symbol('s'),
    () => 5,
  ])('answers null for %p', (value) => {
    expect(retryAfterMs(value as never, NOW)).toBeNull();
  });

  it('is null, or whole milliseconds that are not negative, whatever it is given', () => {
    fc.assert(
      fc.property(fc.anything({ withDate: true, withBigInt: true }), (value) => {
        const delay = retryAfterMs(value as never, NOW);
        if (delay !== null) expect(delay >= 0 && (Number.isInteger(delay) || delay === Infinity)).toBe(true);
      }),
    );
  });

  it('reads every date in the form of HTTP to the second', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), (seconds) => {
        const at = NOW + seconds * 1_000;
        expect(retryAfterMs(new Date(at).toUTCString(), NOW)).toBe(at - NOW);
      }),
    );
  });
});
