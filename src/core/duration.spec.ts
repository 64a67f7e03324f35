import fc from 'fast-check';
import { secondsOf } from './duration.js';

describe('secondsOf', () => {
  it.each<[string, number]>([
    ['250ms', 0.25],
    ['30s', 30],
    ['1.5m', 90],
    ['2h', 7_200],
    ['30d', 2_592_000],
    ['2 weeks', 1_209_600],
    ['7_years', 220_752_000],
    ['1 Day', 86_400],
    ['0s', 0],
  ])('reads %s', (text, seconds) => expect(secondsOf(text)).toBe(seconds));

  it.each([
    '',
    '30',
    's',
    '-1s',
    '1 month',
    '1mo',
    '1..5s',
    '1h30m',
    '1e3s',
    ' 1s',
    '1s\n',
    'constructor',
    '1 constructor',
  ])('takes %j for no duration', (text) => expect(secondsOf(text)).toBeNull());

  it('counts whole milliseconds exactly', () => {
    fc.assert(fc.property(fc.nat(), (ms) => expect(secondsOf(`${ms}ms`)).toBe(ms / 1_000)));
  });
});
