import { isWellAfter } from './circuit.js';
import type { StepFailure } from './failure.js';

const failure = (changes: Partial<StepFailure>): StepFailure => ({
  message: 'no',
  errorClass: 'Error',
  errorCode: null,
  errorCategory: null,
  context: {},
  stack: null,
  attempt: 1,
  retryable: true,
  ...changes,
});

describe('isWellAfter', () => {
  it.each([
    ['a timeout', { errorCategory: 'timeout' }, false],
    ['a network error', { errorCategory: 'network' }, false],
    ['an answer of 5xx', { errorCategory: 'external_service' }, false],
    ['a connection that is refused', { errorCode: 'ECONNREFUSED' }, false],
    ['an answer of 429', { errorCategory: 'rate_limit' }, true],
    ['an answer of 404', { errorCategory: 'invalid_request', retryable: false }, true],
    ['an answer of 401', { errorCategory: 'authorization', retryable: false }, true],
    ['an answer that is too large', { errorCategory: 'external_service', retryable: false }, null],
    ['a refusal by the business', { errorCategory: 'fraud', retryable: false }, null],
    ['an error of the business that may pass', { errorCategory: 'inventory' }, null],
    ['an error that says nothing', {}, null],
    ['a code of its own', { errorCode: 'OUT_OF_STOCK' }, null],
    ['a category with a network code', { errorCategory: 'inventory', errorCode: 'ECONNRESET' }, null],
  ])('is told by the category or the code: %s', (_what, changes, expected) => {
    expect(isWellAfter(failure(changes))).toBe(expected);
  });
});
