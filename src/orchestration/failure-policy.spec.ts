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
  inputs: {},
  customEvents: [],
  circuitBreaker: { enabled: true, failureThreshold: null, resetTimeoutMs: null },
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

describe("a template's error_handling", () => {
  class ServiceError extends Error {}
  class RateLimitError extends ServiceError {}
  const retryable = (
    thrown: unknown,
    lists: Partial<Record<'permanentErrors' | 'retryableErrors', string[]>>,
  ): boolean => failureOf(thrown, 1, { permanentErrors: [], retryableErrors: [], ...lists }).retryable;

  it('makes errors permanent by their class, by a class that it extends, and by their code', () => {
    expect(retryable(new RateLimitError(), { permanentErrors: ['RateLimitError'] })).toBe(false);
    expect(retryable(new RateLimitError(), { permanentErrors: ['ServiceError'] })).toBe(false);
    expect(
      retryable(new RetryableError('no', { errorCode: 'CARD_DECLINED' }), { permanentErrors: ['card_declined'] }),
    ).toBe(false);
    expect(retryable(new RateLimitError(), { permanentErrors: ['Rate'] })).toBe(true);
  });

  it('lets programming errors and permanent ones be tried again where it says so', () => {
    expect(retryable(new TypeError('x is not a function'), { retryableErrors: ['TypeError'] })).toBe(true);
    expect(retryable(new PermanentError('no', { errorCode: 'HTTP_404' }), { retryableErrors: ['HTTP_404'] })).toBe(
      true,
    );
  });

  it('takes an error that both lists name for permanent', () => {
    expect(
      retryable(new RateLimitError(), { permanentErrors: ['ServiceError'], retryableErrors: ['RateLimitError'] }),
    ).toBe(false);
  });

  it('leaves errors that it does not name as they are', () => {
    expect(retryable(new PermanentError('no'), { retryableErrors: ['NetworkError'] })).toBe(false);
    expect(retryable('a text', { permanentErrors: ['NetworkError'] })).toBe(true);
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
