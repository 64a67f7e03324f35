import fc from 'fast-check';
import { BACKOFF_KINDS, DEFAULT_BACKOFF, backoffMs, type BackoffPolicy } from './backoff.js';

const policies = fc.record<BackoffPolicy>({
  kind: fc.constantFrom(...BACKOFF_KINDS),
  baseMs: fc.integer({ min: 0, max: 10_000_000 }),
  capMs: fc.integer({ min: 0, max: 3_000_000_000 }),
  multiplier: fc.double({ min: 1, max: 1_000, noNaN: true }),
  jitter: fc.double({ min: 0, max: 1, noNaN: true }),
});
const attempts = fc.integer({ min: 1, max: 32_000 });
const randoms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

const plain = (changes: Partial<BackoffPolicy>): BackoffPolicy => ({ ...DEFAULT_BACKOFF, jitter: 0, ...changes });
const delays = (policy: BackoffPolicy, count: number): number[] =>
  Array.from({ length: count }, (_, n) => backoffMs(n + 1, policy));

describe('backoffMs', () => {
  it('doubles from one second up to thirty by default', () => {
    expect(delays(plain({}), 7)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  });

  it.each([
    ['exponential', plain({ baseMs: 10, multiplier: 3 }), [10, 30, 90, 270]],
    ['linear', plain({ kind: 'linear', baseMs: 10 }), [10, 20, 30, 40]],
    ['fixed', plain({ kind: 'fixed', baseMs: 10 }), [10, 10, 10, 10]],
    ['none', plain({ kind: 'none', baseMs: 10 }), [0, 0, 0, 0]],
  ])('grows as the %s kind does', (_kind, policy, expected) => {
    expect(delays(policy, 4)).toEqual(expected);
  });

  it('is whole milliseconds from zero to the cap, whatever the policy, the attempt and the jitter', () => {
    fc.assert(
      fc.property(attempts, policies, randoms, (attempt, policy, random) => {
        const delay = backoffMs(attempt, policy, random);
        expect(Number.isInteger(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(policy.capMs);
      }),
    );
  });

  it('stays within the jitter of the delay without jitter', () => {
    fc.assert(
      fc.property(attempts, policies, randoms, (attempt, policy, random) => {
        const middle = backoffMs(attempt, { ...policy, jitter: 0 });
        const delay = backoffMs(attempt, policy, random);
        expect(Math.abs(delay - middle)).toBeLessThanOrEqual(middle * policy.jitter + 1);
      }),
    );
  });

  it('never shrinks from one attempt to the next', () => {
    fc.assert(
      fc.property(attempts, policies, (attempt, policy) => {
        const without = { ...policy, jitter: 0 };
        expect(backoffMs(attempt + 1, without)).toBeGreaterThanOrEqual(backoffMs(attempt, without));
      }),
    );
  });

  it('reaches both ends of the jitter', () => {
    const policy = { ...DEFAULT_BACKOFF, baseMs: 10_000 };
    expect(backoffMs(1, policy, 0)).toBe(9_000);
    expect(backoffMs(1, policy, 0.5)).toBe(10_000);
    expect(backoffMs(1, policy, 0.999_999)).toBe(11_000);
  });

  it('holds the cap after jitter', () => {
    expect(backoffMs(20, DEFAULT_BACKOFF, 0.999_999)).toBe(30_000);
  });

  it('does not overflow where the growth does', () => {
    expect(backoffMs(32_000, plain({ multiplier: 1_000 }))).toBe(30_000);
  });

  it('stays at zero where the base is, however much it has grown', () => {
    expect(backoffMs(32_000, plain({ baseMs: 0 }))).toBe(0);
  });

  it.each([0, -1, NaN])('rejects attempt %s, because attempts count from 1', (attempt) => {
    expect(() => backoffMs(attempt)).toThrow(RangeError);
  });
});
