import fc from 'fast-check';
import { Loggable } from './loggable.js';

const loggable = new Loggable(['iban']);
const fields = (value: object): Record<string, unknown> => loggable.fields(value);

describe('Loggable', () => {
  it('hides values by their names, at any depth', () => {
    const value = {
      order: 5,
      headers: { Authorization: 'Bearer abc', 'X-Api-Key': 'k' },
      cards: [{ iban: 'DE00', owner: 'Ann' }],
      settings: new Map([['password', 'hush']]),
      token: null,
    };
    expect(fields(value)).toEqual({
      order: 5,
      headers: { Authorization: '***', 'X-Api-Key': '***' },
      cards: [{ iban: '***', owner: 'Ann' }],
      settings: { password: '***' },
      token: null,
    });
  });

  it.each([
    ['postgres://tasker:hush@db.internal/tasks is away', 'postgres://tasker:***@db.internal/tasks is away'],
    ['redis://:hu/s@h@cache', 'redis://:***@cache'],
    ['GET https://x.test/a?api_key=hush&page=2', 'GET https://x.test/a?api_key=***&page=2'],
    ['Authorization: Bearer hush.hush', 'Authorization: ***'],
    ['sent Bearer hush.hush', 'sent Bearer ***'],
    ['{"password":"hu sh","user":"ann"}', '{"password":***,"user":"ann"}'],
    [String.raw`"{\"client_secret\":\"hush\"}"`, String.raw`"{\"client_secret\":***}"`],
    ['dbPassword = hush', 'dbPassword = ***'],
    ['step 3 of 5: done, see https://x.test/docs', 'step 3 of 5: done, see https://x.test/docs'],
  ])('hides what gives itself away in the text %p', (text, expected) => {
    expect(loggable.text(text)).toBe(expected);
  });

  it('shows errors with class, stack and causes, and hides secrets in all of them', () => {
    class PaymentError extends Error {
      readonly code = 'CARD_DECLINED';
      readonly request = { api_key: 'hush', amount: 5 };
    }
    const cause = new TypeError('no such host, password=hush');
    const error = new PaymentError('declined with token=hush', { cause });
    const shown = loggable.error(error);
    expect(shown).toMatchObject({
      type: 'PaymentError',
      message: 'declined with token=***',
      stack: expect.stringContaining('loggable.spec') as string,
      code: 'CARD_DECLINED',
      request: { api_key: '***', amount: 5 },
      cause: { type: 'TypeError', message: 'no such host, password=***' },
    });
    expect(JSON.stringify(shown)).not.toContain('hush');
  });

  it('shows what JSON has no words for', () => {
    const date = new Date(0);
    expect(fields({ date, big: 5n, bytes: Buffer.from('abc'), set: new Set([1]), named: () => 1, nothing: undefined })).toEqual({
      date: date.toISOString(),
      big: '5',
      bytes: '[3 bytes]',
      set: [1],
      nothing: undefined,
    }); // prettier-ignore
  });

  it('cuts circles, deep nesting, long lists and long texts', () => {
    const circle: Record<string, unknown> = { name: 'a' };
    circle.self = circle;
    const error = new Error('round');
    error.cause = error;
    let deep: object = {};
    for (let n = 0; n < 50; n++) deep = { deep };
    const shown = fields({ circle, error, deep, list: Array(10_000).fill(1), text: 'x'.repeat(100_000) });
    expect(shown.circle).toEqual({ name: 'a', self: '[circular]' });
    expect(shown.error).toMatchObject({ message: 'round', cause: '[circular]' });
    expect(JSON.stringify(shown).length).toBeLessThan(40_000);
    expect(fields({ twice: [1], again: [circle.name, circle.name] })).toEqual({ twice: [1], again: ['a', 'a'] });
  });

  it('makes JSON of anything, and never shows the value of a secret name', () => {
    fc.assert(
      fc.property(fc.object({ withBigInt: true, withDate: true, withMap: true, withSet: true }), (value) => {
        const json = JSON.stringify(fields({ value, nested: [{ api_key: 'canary-7f3' }] }));
        expect(JSON.parse(json)).toBeDefined();
        expect(json).not.toContain('canary-7f3');
      }),
    );
  });

  it('takes no longer for a text made to be searched', () => {
    const startedAt = performance.now();
    loggable.text('a'.repeat(16_000));
    loggable.text('://:'.repeat(4_000));
    loggable.text('token='.repeat(2_700));
    expect(performance.now() - startedAt).toBeLessThan(500);
  });
});
