import fc from 'fast-check';
import { PermanentError, RetryableError } from '../core/errors.js';
import { DEFAULT_BACKOFF } from '../core/backoff.js';
import type { StepTemplate } from '../core/template.js';
import { StepTimeoutError, failureOf, retryDelayMs } from './failure-policy.js';

const STEP: StepTemplate = {
  name: 'only',
  description: null,
  handler: 'work',
  dependsOn: [],
  config: {},
  dependentSystem: null,
  retryable: true,
  retryLimit: 3,
  timeoutSeconds: 300,
  backoff: { ...DEFAULT_BACKOFF, jitter: 0 },
  skippable: false,
};

const delay = (thrown: unknown, counted = 1, step: Partial<StepTemplate> = {}, limit = 3): number | null =>
  retryDelayMs(failureOf(thrown, counted), thrown, { ...STEP, ...step }, counted, limit, 3_600_000);

describe('failureOf', () => {
  it('makes a failure that can be stored of anything at all', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true }), (thrown) => {
        const failure = failureOf(thrown, 2);
        expect(failure.message).not.toBe('');
        expect(failure.attempt).toBe(2);
        expect(typeof failure.retryable).toBe('boolean');
        expect(JSON.parse(JSON.stringify(failure))).toEqual(failure);
        expect(JSON.stringify(failure)).not.toMatch(/[^\\]\\u(0000|d[89a-f])/);
      }),
    );
  });

  it('keeps four thousand characters of a message and eight thousand of a stack', () => {
    const error = new Error('m'.repeat(10_000));
    error.stack = 's'.repeat(10_000);
    const { message, stack } = failureOf(error, 1);
    expect([message.length, stack!.length]).toEqual([4_000, 8_000]);
  });

  it('says of a timeout that it may be tried again', () => {
    expect(failureOf(new StepTimeoutError('only', 3), 1)).toMatchObject({
      errorClass: 'StepTimeoutError',
      errorCode: 'STEP_TIMEOUT',
      retryable: true,
    });
  });
});

describe('retryDelayMs', () => {
  it('is the backoff of the attempts that count', () => {
    expect([1, 2].map((counted) => delay(new Error('no'), counted))).toEqual([1_000, 2_000]);
  });

  it.each<[string, number | null, number | null]>([
    ['the last attempt', delay(new Error('no'), 3), null],
    ['an attempt beyond the limit', delay(new Error('no'), 4), null],
    ['a step that is not retryable', delay(new Error('no'), 1, { retryable: false }), null],
    ['a permanent error', delay(new PermanentError('no')), null],
    ['a permanent error with retryAfter', delay(Object.assign(new PermanentError('no'), { retryAfter: 1 })), null],
    ['the last attempt with retryAfter', delay(new RetryableError('no', { retryAfter: 1 }), 3), null],
    ['retryAfter', delay(new RetryableError('no', { retryAfter: 45 })), 45_000],
    ['retryAfter zero', delay(new RetryableError('no', { retryAfter: 0 })), 0],
    ['retryAfter beyond its cap', delay(new RetryableError('no', { retryAfter: 1e12 })), 3_600_000],
    ['retryAfter that says nothing', delay(new RetryableError('no', { retryAfter: 'soon' })), 1_000],
  ])('after %s is as it must be', (_what, actual, expected) => {
    expect(actual).toBe(expected);
  });
});
