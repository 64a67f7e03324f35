import { safeGet } from './safe-get.js';

const payload = {
  task_id: 't1',
  error_code: null,
  retryable: false,
  results: { cart: { id: 0 }, items: [{ sku: 'a' }], 'with space': true, total: '12.5' },
};

describe('safeGet', () => {
  it.each([
    ['task_id', 't1'],
    ['retryable', false],
    ['results.cart.id', 0],
    ['results.items.0.sku', 'a'],
    ['results.with space', true],
  ])('finds %s', (path, value) => expect(safeGet(payload, path)).toBe(value));

  it.each(['nothing', 'results.nothing.id', 'task_id.length', 'error_code', 'error_code.x', '', 'results.items.7.sku'])(
    'falls back where "%s" leads nowhere or to null',
    (path) => expect(safeGet(payload, path, 'fallback')).toBe('fallback'),
  );

  it.each(['constructor', '__proto__', 'results.toString', 'results.__proto__.polluted'])(
    'does not read "%s", which is no part of the payload',
    (path) => expect(safeGet(payload, path)).toBeUndefined(),
  );

  it.each([null, undefined, 7, 'text'])('falls back where the payload is %s', (nothing) =>
    expect(safeGet(nothing, 'a.b', 1)).toBe(1),
  );

  it('falls back where the value is not of the kind that the fallback promises', () => {
    const total: number = safeGet(payload, 'results.total', -1);
    expect(total).toBe(-1);
    expect(safeGet(payload, 'results.total', '0')).toBe('12.5');
    expect(safeGet(payload, 'results.total', null)).toBe('12.5');
  });
});
