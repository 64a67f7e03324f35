import { isDeepStrictEqual } from 'node:util';
import { PermanentError, RetryableError } from '../../core/errors.js';
import { untilAborted } from '../time/idle-attempts.js';
import { MockHandler, type MockResult } from './mock-handler.js';

/**
 * Fails the first `times` attempts of each step that it runs, then succeeds.
 *
 * @param error - what it throws, or its message. @default a RetryableError
 */
export function failTimes(times: number, error: Error | string = 'The mock fails.'): MockHandler {
  return new MockHandler((_context, { time }) => {
    if (time <= times) throw typeof error === 'string' ? new RetryableError(error) : error;
  });
}

/** Fails every attempt for good. */
export const failAlways = (error: Error | string = 'The mock fails.'): MockHandler =>
  failTimes(Infinity, typeof error === 'string' ? new PermanentError(error) : error);

/**
 * Fails some attempts with a RetryableError: the same ones each time for the same seed.
 *
 * @param probability - 0 for none to 1 for all
 */
export function failRandomly(probability: number, seed = 1): MockHandler {
  if (!(probability >= 0 && probability <= 1))
    throw new RangeError(`A probability is from 0 to 1, not ${probability}.`);
  return new MockHandler(({ step }, { turn }) => {
    if (chance(`${seed} ${step.name} ${turn}`) < probability)
      throw new RetryableError(`The mock fails at random (seed ${seed}, call ${turn}).`);
  });
}

/** Lets the first `times` attempts of each step run into their timeout, then succeeds. */
export function timeoutTimes(times: number): MockHandler {
  return new MockHandler(async ({ signal }, { time }) => {
    if (time <= times) await untilAborted(signal);
  });
}

/** @param result - what is returned, or what makes it */
export const succeedWith = (result: MockResult): MockHandler => new MockHandler().thenSucceedWith(result);

/** Leaves the work to the real handler, and logs the calls. */
export const callThrough = (): MockHandler => new MockHandler().thenCallThrough();

/**
 * Runs the real handler twice for each attempt, as happens where a worker dies between the work and its record. A second run
 * that brings something else than the first, or throws, fails the step for good with the code `NOT_IDEMPOTENT`.
 */
export function checkIdempotency(): MockHandler {
  return new MockHandler(async ({ step }, { real }) => {
    const first = await real();
    const second = await real().catch((cause: unknown) => {
      throw notIdempotent(step.name, 'throws', { cause: String(cause) });
    });
    if (isDeepStrictEqual(first, second)) return first;
    throw notIdempotent(step.name, 'brings something else', { first: plain(first), second: plain(second) });
  });
}

const notIdempotent = (step: string, what: string, context: Record<string, string>): PermanentError =>
  new PermanentError(`Step "${step}" is not idempotent: its second run ${what}.`, {
    errorCode: 'NOT_IDEMPOTENT',
    errorCategory: 'idempotency',
    context,
  });

const plain = (value: unknown): string => JSON.stringify(value) ?? String(value);

/** A number from 0 to 1 that is always the same for the same text (FNV-1a, well mixed). */
function chance(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
